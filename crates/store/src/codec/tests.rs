use super::{DICTIONARY_BYTES_MAX, RAW, ZSTD, ZSTD_WITH_DICTIONARY_1, pack, unpack};
use crate::StoreError;

fn text(bytes: usize) -> Vec<u8> {
    let line = br#"{"reference":"Patient/pat-9"},"#;
    line.iter().copied().cycle().take(bytes).collect()
}

fn check_round_trip(body: &[u8], codec: u8) {
    let packed = pack(body).unwrap();
    assert_eq!(packed[0], codec);
    assert_eq!(unpack(&packed).unwrap(), body);
}

#[test]
fn a_body_of_unknown_codec_is_damage() {
    assert!(matches!(unpack(&[9, 1, 2]), Err(StoreError::Corrupt(_))));
}

#[test]
fn an_empty_column_is_damage() {
    assert!(matches!(unpack(&[]), Err(StoreError::Corrupt(_))));
}

#[test]
fn a_cut_body_is_damage() {
    let packed = pack(&text(2000)).unwrap();
    assert!(matches!(unpack(&packed[..packed.len() - 3]), Err(StoreError::Corrupt(_))));
}

#[test]
fn an_empty_body_stays_empty() {
    check_round_trip(b"", RAW);
}

#[test]
fn a_body_that_does_not_shrink_is_kept_as_it_came() {
    let noise: Vec<u8> = (0_u32..200).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    check_round_trip(&noise, RAW);
}

#[test]
fn a_small_body_is_compressed_with_the_dictionary() {
    check_round_trip(&text(DICTIONARY_BYTES_MAX), ZSTD_WITH_DICTIONARY_1);
}

#[test]
fn a_large_body_is_compressed_without_the_dictionary() {
    check_round_trip(&text(DICTIONARY_BYTES_MAX + 1), ZSTD);
}

#[test]
fn a_body_of_ten_megabytes_comes_back() {
    check_round_trip(&text(10 << 20), ZSTD);
}

#[test]
fn the_dictionary_makes_an_ordinary_resource_less_than_half_as_long() {
    let resource = br#"{"resourceType":"Patient","id":"pat-9","identifier":[{"system":"https://clinic.example/mrn","value":"MRN-20031"}],"name":[{"family":"Testcase","given":["Quinn"]}],"gender":"other","birthDate":"1990-02-28","address":[{"city":"Springfield","postalCode":"66211","country":"US"}]}"#;
    assert!(pack(resource).unwrap().len() * 2 < resource.len());
}
