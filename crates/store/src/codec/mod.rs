//! How bodies are kept: compressed, with one byte in front that says how.
//!
//! Resources and small messages are alike, so they are compressed with a trained dictionary (`data/README.md`): it makes
//! them up to half as large again as without and is faster. Pointers are much more alike, and have a dictionary of their
//! own. Large messages have enough text of their own.

use std::{cell::RefCell, io, sync::LazyLock};

use zstd::{
    bulk::{Compressor, Decompressor},
    dict::{DecoderDictionary, EncoderDictionary},
};

use crate::StoreError;

#[cfg(test)]
mod tests;

/// As it came.
const RAW: u8 = 0;
/// One zstd frame.
const ZSTD: u8 = 1;
/// One zstd frame, made with dictionary 1.
const ZSTD_WITH_DICTIONARY_1: u8 = 2;
/// One zstd frame, made with dictionary 2.
const ZSTD_WITH_DICTIONARY_2: u8 = 3;

const LEVEL: i32 = 1;
/// With 3 they take 2.5 % less than with 1, in the same time but for a microsecond; 9 and 12 gain little and take five times as
/// long.
const POINTER_LEVEL: i32 = 3;
/// Shorter ones are not worth a frame.
const PLAIN_BYTES_MAX: usize = 32;
/// Longer ones gain nothing by the dictionary and are slower with it.
const DICTIONARY_BYTES_MAX: usize = 10 * 1024;
/// No body that we keep is longer. A damaged length must not make us ask for all memory.
const BODY_BYTES_MAX: usize = 1 << 28;
/// A thread keeps a buffer of this size between calls.
const BUFFER_BYTES_KEPT: usize = 1 << 20;

/// Never change them: they are part of the format. A better one gets a number and a codec byte of its own.
static DICTIONARY_1: &[u8] = include_bytes!("../../data/dictionary-1.bin");
static ENCODER_1: LazyLock<EncoderDictionary<'static>> = LazyLock::new(|| EncoderDictionary::copy(DICTIONARY_1, LEVEL));
static DECODER_1: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(DICTIONARY_1));
static DICTIONARY_2: &[u8] = include_bytes!("../../data/dictionary-2.bin");
static ENCODER_2: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(DICTIONARY_2, POINTER_LEVEL));
static DECODER_2: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(DICTIONARY_2));

/// Contexts are dear to make and cheap to use again, so each thread has its own.
struct Contexts {
    compress: Compressor<'static>,
    compress_resource: Compressor<'static>,
    compress_pointer: Compressor<'static>,
    decompress: Decompressor<'static>,
    decompress_resource: Decompressor<'static>,
    decompress_pointer: Decompressor<'static>,
    buffer: Vec<u8>,
}

thread_local! {
    static CONTEXTS: RefCell<Option<Contexts>> = const { RefCell::new(None) };
}

/// The body of a resource or a message as it is kept.
pub(crate) fn pack(body: &[u8]) -> Result<Vec<u8>, StoreError> {
    pack_with(body, ZSTD_WITH_DICTIONARY_1, |contexts| &mut contexts.compress_resource)
}

/// The body of a pointer as it is kept.
pub(crate) fn pack_pointer(body: &[u8]) -> Result<Vec<u8>, StoreError> {
    pack_with(body, ZSTD_WITH_DICTIONARY_2, |contexts| &mut contexts.compress_pointer)
}

/// Uses a dictionary for small bodies.
fn pack_with(
    body: &[u8],
    codec_of_small: u8,
    small: impl FnOnce(&mut Contexts) -> &mut Compressor<'static>,
) -> Result<Vec<u8>, StoreError> {
    if body.len() <= PLAIN_BYTES_MAX {
        return Ok(raw(body));
    }
    with_contexts(|contexts| {
        let mut buffer = std::mem::take(&mut contexts.buffer);
        let (codec, compressor) = if body.len() <= DICTIONARY_BYTES_MAX {
            (codec_of_small, small(contexts))
        } else {
            (ZSTD, &mut contexts.compress)
        };
        buffer.clear();
        buffer.reserve(zstd::zstd_safe::compress_bound(body.len()));
        let length = compressor.compress_to_buffer(body, &mut buffer)?;
        let packed = if length >= body.len() { raw(body) } else { with_codec(codec, &buffer) };
        contexts.buffer = buffer;
        Ok(packed)
    })
    .map_err(|error| StoreError::Bug(format!("a body could not be compressed: {}", error.kind())))
}

/// The body as it came.
///
/// # Errors
///
/// `Corrupt` when the bytes are not what [`pack`] makes.
pub(crate) fn unpack(packed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let Some((codec, frame)) = packed.split_first() else {
        return Err(StoreError::Corrupt("a body without its codec byte".into()));
    };
    let body = match *codec {
        RAW => Ok(frame.to_vec()),
        ZSTD => with_contexts(|contexts| contexts.decompress.decompress(frame, BODY_BYTES_MAX)),
        ZSTD_WITH_DICTIONARY_1 => {
            with_contexts(|contexts| contexts.decompress_resource.decompress(frame, BODY_BYTES_MAX))
        }
        ZSTD_WITH_DICTIONARY_2 => {
            with_contexts(|contexts| contexts.decompress_pointer.decompress(frame, BODY_BYTES_MAX))
        }
        other => return Err(StoreError::Corrupt(format!("a body with the unknown codec {other}"))),
    };
    body.map_err(|_| StoreError::Corrupt("a body that does not decompress".into()))
}

fn raw(body: &[u8]) -> Vec<u8> {
    with_codec(RAW, body)
}

fn with_codec(codec: u8, bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(1 + bytes.len());
    packed.push(codec);
    packed.extend_from_slice(bytes);
    packed
}

fn with_contexts<T>(work: impl FnOnce(&mut Contexts) -> io::Result<T>) -> io::Result<T> {
    CONTEXTS.with_borrow_mut(|slot| {
        let contexts = match slot {
            Some(contexts) => contexts,
            None => slot.insert(Contexts::new()?),
        };
        let result = work(contexts);
        if contexts.buffer.capacity() > BUFFER_BYTES_KEPT {
            contexts.buffer = Vec::new();
        }
        result
    })
}

impl Contexts {
    fn new() -> io::Result<Contexts> {
        let mut compress_resource = Compressor::with_prepared_dictionary(&ENCODER_1)?;
        let mut compress_pointer = Compressor::with_prepared_dictionary(&ENCODER_2)?;
        // The codec byte names the dictionary already.
        compress_resource.include_dictid(false)?;
        compress_pointer.include_dictid(false)?;
        Ok(Contexts {
            compress: Compressor::new(LEVEL)?,
            compress_resource,
            compress_pointer,
            decompress: Decompressor::new()?,
            decompress_resource: Decompressor::with_prepared_dictionary(&DECODER_1)?,
            decompress_pointer: Decompressor::with_prepared_dictionary(&DECODER_2)?,
            buffer: Vec::new(),
        })
    }
}
