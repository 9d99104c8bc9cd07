//! The types that papers say they are of, and what each of them has inside.
//! Source: Ocean "attachments" (jpg jpeg png tiff tif mp3 mp4 txt pdf); the guides' documents in CDA; what is beside them is
//! decided in docs/dialects/ontario.md, "attachments".

use super::content::Content;

/// Whether partners are known to read a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// They are.
    Known,
    /// They are not, though the type is a known one.
    Unsure,
}

struct Type {
    names: &'static [&'static str],
    read: Read,
    holds: &'static [Content],
}

const TYPES: &[Type] = &[
    Type { names: &["application/pdf", "application/x-pdf"], read: Read::Known, holds: &[Content::Pdf] },
    Type { names: &["image/png"], read: Read::Known, holds: &[Content::Png] },
    Type { names: &["image/jpeg", "image/jpg", "image/pjpeg"], read: Read::Known, holds: &[Content::Jpeg] },
    Type { names: &["image/tiff", "image/tif"], read: Read::Known, holds: &[Content::Tiff] },
    Type { names: &["image/gif"], read: Read::Known, holds: &[Content::Gif] },
    Type { names: &["audio/mpeg", "audio/mp3"], read: Read::Known, holds: &[Content::Mp3] },
    Type { names: &["video/mp4", "audio/mp4"], read: Read::Known, holds: &[Content::Mp4] },
    Type { names: &["text/plain"], read: Read::Known, holds: &[Content::Text] },
    Type { names: &["application/xml", "text/xml"], read: Read::Known, holds: &[Content::Xml, Content::Cda] },
    Type { names: &["application/hl7-cda+xml", "application/cda+xml"], read: Read::Known, holds: &[Content::Cda] },
    Type { names: &["application/rtf", "text/rtf"], read: Read::Known, holds: &[Content::Rtf] },
    Type { names: &["application/dicom"], read: Read::Known, holds: &[Content::Dicom] },
    Type { names: &["text/html", "application/xhtml+xml"], read: Read::Unsure, holds: &[Content::Html] },
    Type { names: &["image/svg+xml"], read: Read::Unsure, holds: &[Content::Svg] },
    Type { names: &["application/zip"], read: Read::Unsure, holds: &[Content::Zip] },
    Type {
        names: &["application/msword", "application/vnd.ms-excel"],
        read: Read::Unsure,
        holds: &[Content::Ole, Content::Zip],
    },
    Type {
        names: &[
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ],
        read: Read::Unsure,
        holds: &[Content::Zip],
    },
];

/// A media type without its parameters, in small letters.
pub(super) fn essence(declared: &str) -> String {
    declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// What papers of a type have inside, and whether partners are known to read them. Nothing for a type that is not known.
pub(super) fn holds(essence: &str) -> Option<(Read, &'static [Content])> {
    TYPES.iter().find(|of| of.names.contains(&essence)).map(|of| (of.read, of.holds))
}

#[cfg(test)]
mod tests {
    use super::{Read, essence, holds};

    #[test]
    fn a_type_is_known_with_parameters_and_in_any_letters() {
        assert_eq!(essence(" Text/Plain; charset=UTF-8"), "text/plain");
        assert_eq!(essence(""), "");
    }

    #[test]
    fn every_type_that_partners_are_known_to_take_is_listed() {
        let named =
            ["image/jpeg", "image/png", "image/tiff", "audio/mpeg", "video/mp4", "text/plain", "application/pdf"];
        assert!(named.into_iter().all(|name| holds(name).is_some_and(|(read, _)| read == Read::Known)));
        assert!(holds("application/x-msdownload").is_none());
    }
}
