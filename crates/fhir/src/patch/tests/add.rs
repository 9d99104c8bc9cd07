//! What add does and refuses.

use super::{NAMES, add, check, check_refused};

#[test]
fn add_puts_an_element_where_the_definitions_have_it() {
    let before = r#""id":"p","gender":"male","birthDate":"2000""#;
    check(
        before,
        &add("Patient", "active", r#""valueBoolean":true"#),
        r#""id":"p","active":true,"gender":"male","birthDate":"2000""#,
    );
    check(
        before,
        &add("Patient", "link", r#""part":[{"name":"type","valueCode":"seealso"}]"#),
        r#""id":"p","gender":"male","birthDate":"2000","link":[{"type":"seealso"}]"#,
    );
}

#[test]
fn add_makes_a_list_and_appends_to_it() {
    check(
        r#""active":true"#,
        &add("Patient", "name", r#""valueHumanName":{"family":"A"}"#),
        r#""active":true,"name":[{"family":"A"}]"#,
    );
    check(
        NAMES,
        &add("Patient", "name", r#""valueHumanName":{"family":"D"}"#),
        &NAMES.replace(']', r#",{"family":"D"}]"#),
    );
    check(
        r#""name":[{"given":["a"]}]"#,
        &add("Patient.name[0]", "given", r#""valueString":"b""#),
        r#""name":[{"given":["a","b"]}]"#,
    );
}

#[test]
fn add_to_a_value_that_should_stand_in_a_list_makes_the_list() {
    check(
        r#""name":{"family":"A"}"#,
        &add("Patient", "name", r#""valueHumanName":{"family":"B"}"#),
        r#""name":[{"family":"A"},{"family":"B"}]"#,
    );
}

#[test]
fn add_refuses_an_element_that_is_there_and_cannot_repeat() {
    let expected = "operation 1 at Patient: deceased is there already and cannot repeat: use replace";
    check_refused(r#""deceasedBoolean":true"#, &add("Patient", "deceased", r#""valueDateTime":"2020""#), expected);
}

#[test]
fn add_takes_a_choice_by_its_name_without_the_type() {
    check(
        r#""id":"p""#,
        &add("Patient", "deceased", r#""valueDateTime":"2020""#),
        r#""id":"p","deceasedDateTime":"2020""#,
    );
    check_refused(
        r#""id":"p""#,
        &add("Patient", "deceasedDateTime", r#""valueDateTime":"2020""#),
        "operation 1 at Patient: deceasedDateTime is called deceased here, whatever its type; in a path deceased.ofType(dateTime)",
    );
    check_refused(
        r#""id":"p""#,
        &add("Patient", "deceased", r#""valueString":"2020""#),
        "operation 1 at Patient: deceased takes a value of type boolean, dateTime, and this is a string",
    );
}

#[test]
fn add_gives_a_primitive_its_extensions() {
    let extension = r#""part":[{"name":"url","valueUri":"urn:x"},{"name":"value","valueString":"y"}]"#;
    check(
        r#""birthDate":"2000","address":[]"#,
        &add("Patient.birthDate", "extension", extension),
        r#""birthDate":"2000","_birthDate":{"extension":[{"url":"urn:x","valueString":"y"}]},"address":[]"#,
    );
    check(
        r#""name":[{"given":["a","b"]}]"#,
        &add("Patient.name.given[1]", "extension", extension),
        r#""name":[{"given":["a","b"],"_given":[null,{"extension":[{"url":"urn:x","valueString":"y"}]}]}]"#,
    );
}

#[test]
fn a_value_brings_its_id_and_extensions() {
    check(
        r#""name":[{"given":["a"]}]"#,
        &add("Patient.name", "given", r#""valueString":"b","_valueString":{"id":"x"}"#),
        r#""name":[{"given":["a","b"],"_given":[null,{"id":"x"}]}]"#,
    );
    check(
        r#""id":"p""#,
        &add("Patient", "birthDate", r#""_valueDate":{"id":"x"}"#),
        r#""id":"p","_birthDate":{"id":"x"}"#,
    );
}

#[test]
fn add_takes_a_resource_where_one_may_stand() {
    let organization = r#""resource":{"resourceType":"Organization","id":"o"}"#;
    check(
        r#""id":"p""#,
        &add("Patient", "contained", organization),
        r#""id":"p","contained":[{"resourceType":"Organization","id":"o"}]"#,
    );
    check_refused(
        r#""id":"p""#,
        &add("Patient", "name", organization),
        "operation 1 at Patient: name takes a value of type HumanName, and this is a Organization",
    );
    check_refused(
        r#""id":"p""#,
        &add("Patient", "contained", r#""resource":{"resourceType":"ReferralRequest"}"#),
        "operation 1 at Patient: a resource of this FHIR version was expected",
    );
}

#[test]
fn an_anonymous_type_is_given_part_by_part() {
    let contact = r#""part":[{"name":"gender","valueCode":"male"},
        {"name":"name","valueHumanName":{"family":"A"}},
        {"name":"telecom","part":[{"name":"system","valueCode":"phone"}]},
        {"name":"telecom","valueContactPoint":{"system":"fax"}}]"#;
    check(
        r#""id":"p""#,
        &add("Patient", "contact", contact),
        r#""id":"p","contact":[{"name":{"family":"A"},"telecom":[{"system":"phone"},{"system":"fax"}],"gender":"male"}]"#,
    );
    let refused = |part: &str, expected: &str| {
        check_refused(r#""id":"p""#, &add("Patient", "contact", &format!(r#""part":[{part}]"#)), expected);
    };
    refused(
        r#"{"name":"gender","valueCode":"a"},{"name":"gender","valueCode":"b"}"#,
        "operation 1 at Patient: gender is there twice and cannot repeat",
    );
    refused(r#"{"valueCode":"a"}"#, "operation 1 at Patient: value has to be made of parts that each have a name");
    refused("", "operation 1 at Patient: contact takes a value of type Patient.contact, and this is a list of parts");
    refused(
        r#"{"name":"sex","valueCode":"a"}"#,
        "operation 1 at Patient: Patient.contact has no element sex; its own are: relationship, name, telecom, address, gender, organization, period",
    );
}

#[test]
fn the_place_of_an_add_is_one_that_is_there() {
    let name = r#""valueString":"x""#;
    check_refused(NAMES, &add("Patient.contact", "gender", name), "operation 1 at Patient.contact: nothing is there");
    check_refused(
        NAMES,
        &add("Patient.name", "text", name),
        "operation 1 at Patient.name: this leads to 3 places and has to lead to one: name it by [0], first() or where(…)",
    );
    check_refused(
        r#""id":"p""#,
        &add("Patient.id", "value", name),
        "operation 1 at Patient.id: id has no element value",
    );
}

#[test]
fn what_xml_writes_as_an_attribute_gets_no_extensions() {
    let before = r#""extension":[{"url":"urn:x","valueString":"y"}]"#;
    check_refused(
        before,
        &add("Patient.extension.url", "id", r#""valueString":"z""#),
        "operation 1 at Patient.extension.url: what is there can have no elements",
    );
    check_refused(
        before,
        &add("Patient.extension", "id", r#""valueString":"z","_valueString":{"id":"z"}"#),
        "operation 1 at Patient.extension: id is an attribute in XML: it has neither id nor extensions",
    );
}
