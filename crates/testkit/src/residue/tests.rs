use std::{fs, io::Write};

use super::{Scanner, form::of_text};

const CANARY: &str = "Quillfeather";
const NUMBER: &str = "9434765919";

/// The forms in which the canary is found in a file with these bytes.
fn found(scanner: &Scanner, bytes: &[u8]) -> Vec<(&'static str, Vec<&'static str>)> {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("deep")).expect("a folder");
    fs::write(folder.path().join("deep/file"), bytes).expect("a file");
    let traces = scanner.scan(folder.path()).expect("it can be read");
    traces.into_iter().map(|trace| (trace.form, trace.packed)).collect()
}

fn check(bytes: &[u8], form: &str) {
    let scanner = Scanner::default().text("name", CANARY).text("number", NUMBER);
    let around = [b"\x00noise".as_slice(), bytes, b"\xffnoise"].concat();
    assert!(found(&scanner, &around).iter().any(|(found, _)| *found == form), "{form}");
}

fn packed(kind: &str) -> Vec<u8> {
    let content = format!("{{\"family\":\"{CANARY}\",\"text\":\"{}\"}}", "words ".repeat(40));
    let level = flate2::Compression::default();
    let written = match kind {
        "gzip" => {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), level);
            packer.write_all(content.as_bytes()).and_then(|()| packer.finish())
        }
        "zlib" => {
            let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), level);
            packer.write_all(content.as_bytes()).and_then(|()| packer.finish())
        }
        _ => zstd::encode_all(content.as_bytes(), 3),
    };
    written.expect("it can be packed")
}

#[test]
fn nothing_is_found_where_nothing_is() {
    let scanner = Scanner::default().text("name", CANARY).bytes("key", &[7; 32]);
    assert_eq!(found(&scanner, &[7; 31]), []);
    assert_eq!(found(&scanner, b"Quillfeathe and uillfeather"), []);
    assert_eq!(found(&scanner, b""), []);
}

#[test]
fn a_text_is_found_as_it_is_and_in_other_letters() {
    for text in ["Quillfeather", "QUILLFEATHER", "quillfeather"] {
        check(text.as_bytes(), "UTF-8");
    }
}

#[test]
fn a_number_is_found_in_groups() {
    for text in ["943 476 5919", "943-476-5919", "9434-765-919", "9 4 3 4 7 6 5 9 1 9"] {
        check(text.as_bytes(), "UTF-8");
    }
}

#[test]
fn a_text_is_found_in_wide_letters_and_backwards() {
    check(&CANARY.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(), "UTF-16LE");
    check(&CANARY.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>(), "UTF-16BE");
    check(b"rehtaeflliuQ", "reversed");
}

#[test]
fn a_text_is_found_escaped() {
    check(br"\u0051\u0075\u0069\u006c\u006c\u0066\u0065\u0061\u0074\u0068\u0065\u0072", "JSON escapes");
    check(b"%39%34%33%34%37%36%35%39%31%39", "percent");
    check(b"&#x39;&#x34;&#x33;&#x34;&#x37;&#x36;&#x35;&#x39;&#x31;&#x39;", "HTML entities");
    check(b"&#57;&#52;&#51;&#52;&#55;&#54;&#53;&#57;&#49;&#57;", "HTML entities");
}

#[test]
fn a_text_is_found_in_base64_wherever_it_begins() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    for before in ["", "a", "ab", "abc", "abcd"] {
        check(STANDARD.encode(format!("{before}{CANARY}xyz")).as_bytes(), "base64");
    }
}

#[test]
fn a_text_is_found_in_hex() {
    check(b"5175696c6c66656174686572", "hex");
    check(b"5175696C6C66656174686572", "hex");
}

#[test]
fn a_text_is_found_by_its_hashes() {
    // of 9434765919
    check(b"22f7116b77fc45be97309a4291ba1af8", "MD5");
    check(b"B9CEDB56B05B2E8689F6C59BD6CE87B9D3670837", "SHA-1");
    check(b"ee17f178e64633e0a1d7921f3f7c2096eb131630bf598d67d95c0f2847e25c09", "SHA-256");
}

#[test]
fn a_text_is_found_in_what_is_packed() {
    for kind in ["gzip", "zlib", "zstd"] {
        let scanner = Scanner::default().text("name", CANARY);
        let around = [b"noise".as_slice(), &packed(kind), b"noise"].concat();
        assert!(found(&scanner, &around).contains(&("UTF-8", vec![kind])), "{kind}");
    }
}

#[test]
fn what_is_packed_is_found_in_hex() {
    let scanner = Scanner::default().text("name", CANARY);
    for before in ["\\x", "\\x0"] {
        let hex: String = packed("zstd").iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(found(&scanner, format!("1\t{before}{hex}\t2").as_bytes()).contains(&("UTF-8", vec!["hex", "zstd"])));
    }
}

#[test]
fn a_canary_without_a_trace_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("file"), CANARY).expect("a file");
    let scanner = Scanner::default().text("name", CANARY).text("number", NUMBER);
    assert_eq!(scanner.missing(folder.path()).expect("it can be read"), ["number"]);
}

#[test]
fn every_form_is_long_enough_to_mean_something() {
    for text in [CANARY, NUMBER, "555-0199"] {
        assert!(of_text(text).iter().all(|(form, bytes)| bytes.len() >= 8 || panic!("{form}")));
    }
}
