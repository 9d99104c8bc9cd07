use super::{
    DICTIONARY_BYTES_MAX, RAW, ZSTD, ZSTD_WITH_DICTIONARY_1, ZSTD_WITH_DICTIONARY_2, pack, pack_pointer, unpack,
};
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
fn a_pointer_is_compressed_with_a_dictionary_of_its_own() {
    for (length, codec) in [
        (0, RAW),
        (1_700, ZSTD_WITH_DICTIONARY_2),
        (DICTIONARY_BYTES_MAX, ZSTD_WITH_DICTIONARY_2),
        (DICTIONARY_BYTES_MAX + 1, ZSTD),
    ] {
        let packed = pack_pointer(&text(length)).unwrap();
        assert_eq!(packed[0], codec, "{length}");
        assert_eq!(unpack(&packed).unwrap(), text(length));
    }
}

#[test]
fn the_dictionary_makes_an_ordinary_pointer_a_fifth_as_long() {
    let pointer = br#"{"resourceType":"DocumentReference","id":"019abcde-f012-7345-89ab-cdef01234567-bab70707070707070707","meta":{"versionId":"1","lastUpdated":"2026-01-15T14:30:00.123Z","profile":["https://fhir.nhs.uk/STU3/StructureDefinition/NRL-DocumentReference-1"]},"masterIdentifier":{"system":"urn:ietf:rfc:3986","value":"urn:oid:1.3.6.1.4.1.21367.2005.3.71"},"status":"current","type":{"coding":[{"system":"http://snomed.info/sct","code":"736253002","display":"Mental health crisis plan"}]},"class":{"coding":[{"system":"http://snomed.info/sct","code":"734163000","display":"Care plan"}]},"subject":{"reference":"https://demographics.spineservices.nhs.uk/STU3/Patient/9876543210"},"indexed":"2026-01-15T14:30:00.123Z","author":[{"reference":"https://directory.spineservices.nhs.uk/STU3/Organization/RGD"}],"custodian":{"reference":"https://directory.spineservices.nhs.uk/STU3/Organization/RR8"},"content":[{"extension":[{"url":"https://fhir.nhs.uk/STU3/StructureDefinition/Extension-NRL-ContentStability-1","valueCodeableConcept":{"coding":[{"system":"https://fhir.nhs.uk/STU3/CodeSystem/NRL-ContentStability-1","code":"static","display":"Static"}]}}],"attachment":{"contentType":"application/pdf","url":"https://p1.nhs.uk/MentalhealthCrisisPlanReport.pdf","creation":"2016-03-08T15:26:00+01:00"},"format":{"system":"https://fhir.nhs.uk/STU3/CodeSystem/NRL-FormatCode-1","code":"urn:nhs-ic:unstructured","display":"Unstructured Document"}}],"context":{"period":{"start":"2016-03-07T13:34:00+01:00"},"practiceSetting":{"coding":[{"system":"http://snomed.info/sct","code":"708168004","display":"Mental health service"}]}}}"#;
    let packed = pack_pointer(pointer).unwrap();
    assert!(packed.len() * 5 < pointer.len(), "{} of {}", packed.len(), pointer.len());
    assert_eq!(unpack(&packed).unwrap(), pointer);
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
