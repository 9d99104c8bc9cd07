//! What a paper really is: told by its first bytes, whatever its label says.
//! Source: the signatures that browsers go by (WHATWG MIME Sniffing) and those of the formats themselves.

/// What the first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Content {
    Pdf,
    Png,
    Jpeg,
    Tiff,
    Gif,
    Mp3,
    Mp4,
    Dicom,
    Rtf,
    /// Also the newer office formats.
    Zip,
    /// The older office formats.
    Ole,
    /// Something that machines run.
    Program,
    /// A text that machines run.
    Script,
    Html,
    Svg,
    Cda,
    Xml,
    Text,
    /// There is nothing to tell by.
    Unknown,
}

/// Signatures at the start. The list is short on purpose: what a signature is no sign of stays unknown.
const STARTS: &[(&[u8], Content)] = &[
    (b"%PDF-", Content::Pdf),
    (b"\x89PNG\r\n\x1a\n", Content::Png),
    (b"\xff\xd8\xff", Content::Jpeg),
    (b"II*\0", Content::Tiff),
    (b"MM\0*", Content::Tiff),
    (b"II+\0", Content::Tiff),
    (b"MM\0+", Content::Tiff),
    (b"GIF87a", Content::Gif),
    (b"GIF89a", Content::Gif),
    (b"ID3", Content::Mp3),
    (b"{\\rtf", Content::Rtf),
    (b"PK\x03\x04", Content::Zip),
    (b"PK\x05\x06", Content::Zip),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Content::Ole),
    (b"\x7fELF", Content::Program),
    (b"\xfe\xed\xfa\xce", Content::Program),
    (b"\xfe\xed\xfa\xcf", Content::Program),
    (b"\xce\xfa\xed\xfe", Content::Program),
    (b"\xcf\xfa\xed\xfe", Content::Program),
    // Mach-O for several machines, and Java
    (b"\xca\xfe\xba\xbe", Content::Program),
    (b"\0asm", Content::Program),
    // shortcuts of Windows
    (b"L\0\0\0\x01\x14\x02\0", Content::Program),
];

/// Tells what the bytes are.
pub(super) fn content(bytes: &[u8]) -> Content {
    if let Some((_, content)) = STARTS.iter().find(|(start, _)| bytes.starts_with(start)) {
        return *content;
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return Content::Mp4;
    }
    if bytes.get(128..132) == Some(b"DICM") {
        return Content::Dicom;
    }
    if let Some(text) = text(bytes) {
        return super::markup::content(&text);
    }
    // a text may begin with the same two letters, so these count in what is no text only
    if bytes.starts_with(b"MZ") {
        return Content::Program;
    }
    if is_mp3_frame(bytes) { Content::Mp3 } else { Content::Unknown }
}

/// The bytes as text; nothing when they hold what no text holds. Letters of older encodings are not told apart: nothing
/// that is looked for is written with them.
fn text(bytes: &[u8]) -> Option<String> {
    let wide = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    let text = match bytes {
        [] => return None,
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    let is_text = |char: char| !char.is_control() || matches!(char, '\t' | '\n' | '\r' | '\x0c' | '\x1b' | '\u{80}'..);
    text.chars().all(is_text).then_some(text)
}

/// Whether this is a frame of MPEG audio, layer 3, as files without a title begin: eleven bits that are set, the version,
/// the layer, and values that are in use.
fn is_mp3_frame(bytes: &[u8]) -> bool {
    let [0xff, second, third, ..] = bytes else {
        return false;
    };
    let (version, layer, bit_rate, sample_rate) = (second >> 3 & 3, second >> 1 & 3, third >> 4, third >> 2 & 3);
    second >> 5 == 0b111 && version != 1 && layer == 1 && bit_rate != 15 && sample_rate != 3
}

#[cfg(test)]
mod tests {
    use super::{Content, content};

    #[test]
    fn each_format_is_known_by_its_first_bytes() {
        let mut dicom = vec![0; 128];
        dicom.extend_from_slice(b"DICM\x02\0");
        let cases: &[(&[u8], Content)] = &[
            (b"%PDF-1.7\n%\xe2\xe3", Content::Pdf),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Content::Png),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Content::Jpeg),
            (b"II*\0\x08\0\0\0", Content::Tiff),
            (b"MM\0*\0\0\0\x08", Content::Tiff),
            (b"GIF89a\x01\0", Content::Gif),
            (b"ID3\x04\0", Content::Mp3),
            (b"\xff\xfb\x90\x64\0\0", Content::Mp3),
            (b"\0\0\0\x18ftypmp42", Content::Mp4),
            (&dicom, Content::Dicom),
            (b"{\\rtf1\\ansi", Content::Rtf),
            (b"PK\x03\x04\x14\0", Content::Zip),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", Content::Ole),
            (b"blood pressure 120/80", Content::Text),
            (b"caf\xe9 au lait", Content::Text),
            (b"\x01\x02\x03", Content::Unknown),
            (b"", Content::Unknown),
        ];
        for (bytes, expected) in cases {
            assert_eq!(content(bytes), *expected, "{bytes:?}");
        }
    }

    #[test]
    fn programs_are_known() {
        let cases: &[&[u8]] = &[
            b"MZ\x90\0\x03\0\0\0",
            b"\x7fELF\x02\x01\x01",
            b"\xcf\xfa\xed\xfe\x07\0\0\x01",
            b"\xca\xfe\xba\xbe\0\0\0\x02",
            b"\0asm\x01\0\0\0",
        ];
        for bytes in cases {
            assert_eq!(content(bytes), Content::Program, "{bytes:?}");
        }
    }

    #[test]
    fn a_text_that_begins_like_a_program_is_a_text() {
        assert_eq!(content(b"MZ was seen today"), Content::Text);
    }

    #[test]
    fn a_text_in_wide_letters_is_read() {
        let wide = |text: &str| {
            let units = text.encode_utf16().flat_map(u16::to_le_bytes);
            [0xff, 0xfe].into_iter().chain(units).collect::<Vec<u8>>()
        };
        assert_eq!(content(&wide("blood pressure")), Content::Text);
        assert_eq!(content(&wide("<html><script>")), Content::Html);
        assert_eq!(content(&[0xfe, 0xff, 0, b'<', 0, b's', 0, b'v', 0, b'g', 0, b'>']), Content::Svg);
    }
}
