use super::{FhirVersion, Primitive, TypeKind, definitions, primitive};

#[test]
fn both_tables_can_be_read_and_have_all_resources() {
    let count = |version| definitions(version).types().filter(|of| of.kind == TypeKind::Resource).count();
    assert_eq!((count(FhirVersion::Stu3), count(FhirVersion::R4)), (117, 146));
}

#[test]
fn a_choice_is_found_by_the_name_with_its_type() {
    let extension = definitions(FhirVersion::R4).type_named("Extension").expect("it is defined");
    let found = extension.element("valueCodeableConcept").expect("a choice");
    assert_eq!((found.element.name, found.type_ref.name), ("value", "CodeableConcept"));
    assert!(extension.element("value").is_none(), "a choice has no name without its type");
}

#[test]
fn a_content_reference_leads_to_the_nested_type() {
    let r4 = definitions(FhirVersion::R4);
    let entry = r4.type_named("Bundle.entry").expect("nested types have their path as name");
    let link = entry.element("link").expect("an entry has links");
    assert_eq!(r4.type_at(link.type_ref.id).name, "Bundle.link");
}

#[test]
fn a_required_binding_knows_its_codes() {
    let r4 = definitions(FhirVersion::R4);
    let request = r4.resource("ServiceRequest").expect("it is defined");
    let status = request.element("status").and_then(|found| r4.value_set(found.element)).expect("it is bound");
    assert!(status.contains("on-hold") && !status.contains("done"));
}

#[test]
fn a_reference_knows_where_it_may_lead() {
    let r4 = definitions(FhirVersion::R4);
    let subject = r4.resource("ServiceRequest").and_then(|of| of.element("subject")).expect("it is defined");
    assert_eq!(subject.type_ref.targets, ["Patient", "Group", "Location", "Device"]);
}

#[test]
fn stu3_differs_where_it_does() {
    let stu3 = definitions(FhirVersion::Stu3);
    assert!(stu3.resource("ReferralRequest").is_some() && stu3.resource("ServiceRequest").is_none());
    assert!(stu3.resource("DocumentReference").and_then(|of| of.element("indexed")).is_some());
}

fn check(of: Primitive, good: &[&str], bad: &[&str]) {
    for text in good {
        assert_eq!(primitive::check(of, text), Ok(()), "{of:?} {text}");
    }
    for text in bad {
        assert!(primitive::check(of, text).is_err(), "{of:?} {text}");
    }
}

#[test]
fn dates_are_of_the_calendar() {
    check(
        Primitive::Date,
        &["2024", "2024-02", "2024-02-29", "2000-02-29"],
        &[
            "24",
            "2023-02-29",
            "1900-02-29",
            "2024-13",
            "2024-00",
            "2024-04-31",
            "2024-1-1",
            "0000",
            "2024-01-01-01",
            "2024-01-01T00:00:00Z",
        ],
    );
    check(
        Primitive::DateTime,
        &[
            "2024",
            "2024-02-29",
            "2024-02-29T23:59:60Z",
            "2024-02-29T12:00:00.1234567+14:00",
            "2024-02-29T12:00:00-03:30",
        ],
        &[
            "2024-02-29T12:00Z",
            "2024-02-29T12:00:00",
            "2024-02T12:00:00Z",
            "2024-02-29T24:00:00Z",
            "2024-02-29T12:00:00+15:00",
            "2024-02-29T12:00:00.Z",
        ],
    );
    check(Primitive::Instant, &["2015-02-07T13:28:17.239+02:00"], &["2015-02-07", "2015-02-07T13:28Z", "T"]);
    check(Primitive::Time, &["00:00:00", "23:59:59.5"], &["24:00:00", "1:00:00", "12:00", "12:00:00Z"]);
}

#[test]
fn numbers_have_their_range() {
    check(
        Primitive::Integer,
        &["0", "-1", "2147483647", "-2147483648"],
        &["2147483648", "01", "1.0", "+1", "-", "1e2"],
    );
    check(Primitive::UnsignedInt, &["0", "7"], &["-1"]);
    check(Primitive::PositiveInt, &["1"], &["0", "-1"]);
    check(Primitive::Decimal, &["0", "-1.50", "1.0e2", "1E-2", "100"], &["01", ".5", "1.", "e2", "1e", "--1", "1.5.5"]);
}

#[test]
fn names_and_addresses_have_their_characters() {
    check(Primitive::Id, &["a", "A-1.b", &"x".repeat(64)], &["a b", "a_b", "ä", &"x".repeat(65)]);
    check(Primitive::Code, &["a", "a b"], &[" a", "a ", "a  b", "a\tb"]);
    check(Primitive::Uri, &["urn:uuid:1", "Questionnaire/ABC"], &["a b", "a\n"]);
    check(Primitive::Oid, &["urn:oid:1.2.3"], &["1.2.3", "urn:oid:3.1", "urn:oid:1", "urn:oid:1.02"]);
    check(
        Primitive::Uuid,
        &["urn:uuid:c757873d-ec9a-4326-a141-556f43239520"],
        &["c757873d-ec9a-4326-a141-556f43239520", "urn:uuid:1"],
    );
    check(Primitive::Base64Binary, &["", "QUJD", "QUI=", "QU JD\nQUJD"], &["QUJ", "QU=D", "Q===", "QU!D"]);
    check(Primitive::String, &["a\tb\r\nc", "é", "\u{feff}ｆ"], &["a\u{0}b", "\u{7f}", "é\u{fffe}", "\u{ffff}"]);
    check(Primitive::Uri, &["https://é.example/ｆ"], &["https://é.example/\u{1}", "urn:\u{ffff}"]);
    check(Primitive::Code, &["a b é"], &["a b\u{1}", "é\u{fffe}"]);
    check(Primitive::Boolean, &["true", "false"], &["True", "1"]);
}
