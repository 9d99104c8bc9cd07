//! Finds packed things within bytes and unpacks them: gzip, zlib and zstd, whole or cut, and long runs of hex, in which a backup of
//! PostgreSQL writes bytes. Deflate without any head is not looked for, since it may begin anywhere.

use std::io::{BufReader, Read};

use flate2::bufread::{GzDecoder, ZlibDecoder};
use zstd::stream::read::Decoder;

/// No more is taken out of one.
const CONTENT_BYTES_MAX: u64 = 1 << 24;

/// Shorter runs hold nothing that is packed; a text in them is searched for as it is.
const HEX_DIGITS_MIN: usize = 32;

const GZIP: &[u8] = &[0x1f, 0x8b, 0x08];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// The second byte of a zlib head, by level.
const ZLIB: u8 = 0x78;
const ZLIB_LEVELS: [u8; 4] = [0x01, 0x5e, 0x9c, 0xda];

/// Unpacks, with the dictionaries that it knows.
#[derive(Default)]
pub(super) struct Unpacker {
    dictionaries: Vec<Vec<u8>>,
}

impl Unpacker {
    pub(super) fn add_dictionary(&mut self, dictionary: &[u8]) {
        self.dictionaries.push(dictionary.to_vec());
    }

    /// Tells the content of all that is packed in here, and how it was packed.
    pub(super) fn members(&self, bytes: &[u8], mut found: impl FnMut(&'static str, &[u8])) {
        for run in bytes.split(|byte| !byte.is_ascii_hexdigit()).filter(|run| run.len() >= HEX_DIGITS_MIN) {
            // it may have begun with a digit of something else
            for run in [run, &run[1..]] {
                found("hex", &unhex(run));
            }
        }
        for place in 0..bytes.len() {
            let here = &bytes[place..];
            match here[0] {
                0x1f if here.starts_with(GZIP) => tell("gzip", GzDecoder::new(here), &mut found),
                0x28 if here.starts_with(ZSTD) => self.zstd(here, &mut found),
                ZLIB if here.get(1).is_some_and(|level| ZLIB_LEVELS.contains(level)) => {
                    tell("zlib", ZlibDecoder::new(here), &mut found);
                }
                _ => {}
            }
        }
    }

    /// A frame that is small and made with a dictionary may seem to be one without, so all are tried.
    fn zstd(&self, frame: &[u8], found: &mut impl FnMut(&'static str, &[u8])) {
        let none: &[u8] = &[];
        for dictionary in self.dictionaries.iter().map(Vec::as_slice).chain([none]) {
            if let Ok(decoder) = Decoder::with_dictionary(BufReader::new(frame), dictionary) {
                tell("zstd", decoder.single_frame(), found);
            }
        }
    }
}

/// Takes as much as there is before the end or the first fault.
fn tell(kind: &'static str, packed: impl Read, found: &mut impl FnMut(&'static str, &[u8])) {
    let (mut packed, mut content, mut part) = (packed.take(CONTENT_BYTES_MAX), Vec::new(), [0; 4096]);
    while let Ok(bytes @ 1..) = packed.read(&mut part) {
        content.extend_from_slice(&part[..bytes]);
    }
    if !content.is_empty() {
        found(kind, &content);
    }
}

fn unhex(digits: &[u8]) -> Vec<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or(0) as u8;
    digits.as_chunks::<2>().0.iter().map(|[high, low]| value(*high) << 4 | value(*low)).collect()
}
