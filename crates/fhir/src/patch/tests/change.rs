//! What insert, delete, replace and move do and refuse.

use super::{GIVEN, NAMES, check, check_refused, delete, insert, move_item, replace};

#[test]
fn insert_puts_a_value_in_front_of_an_item_or_at_the_end() {
    let item = r#""valueHumanName":{"family":"X"}"#;
    check(
        NAMES,
        &insert("Patient.name", 0, item),
        r#""name":[{"family":"X"},{"family":"A"},{"family":"B"},{"family":"C"}]"#,
    );
    check(NAMES, &insert("name", 3, item), r#""name":[{"family":"A"},{"family":"B"},{"family":"C"},{"family":"X"}]"#);
    check(r#""id":"p""#, &insert("Patient.name", 0, item), r#""id":"p","name":[{"family":"X"}]"#);
    check_refused(
        NAMES,
        &insert("Patient.name", 4, item),
        "operation 1 at Patient.name: there is no place 4 in a list of 3",
    );
}

#[test]
fn insert_keeps_extensions_beside_their_values() {
    check(
        GIVEN,
        &insert("Patient.name[0].given", 1, r#""valueString":"x""#),
        r#""name":[{"given":["a","x",null,"c"],"_given":[null,null,{"id":"n"},{"id":"m"}]}]"#,
    );
    check(
        r#""name":[{"given":["a"]}]"#,
        &insert("Patient.name[0].given", 0, r#""_valueString":{"id":"x"}"#),
        r#""name":[{"given":[null,"a"],"_given":[{"id":"x"},null]}]"#,
    );
}

#[test]
fn insert_and_move_want_the_name_of_a_list() {
    let item = r#""valueHumanName":{"family":"X"}"#;
    let no_list = "operation 1 at Patient.name[0]: the path of a list ends with the name of an element, such as Patient.identifier, at column 1 of the path";
    check_refused(NAMES, &insert("Patient.name[0]", 0, item), no_list);
    check_refused(NAMES, &move_item("Patient.name[0]", 0, 1), no_list);
    check_refused(
        NAMES,
        &insert("Patient.name | Patient.contact", 0, item),
        &no_list.replace("name[0]", "name | Patient.contact"),
    );
    check_refused(
        r#""active":true"#,
        &insert("Patient.active", 0, r#""valueBoolean":true"#),
        "operation 1 at Patient.active: active cannot repeat: use add, replace or delete",
    );
    check_refused(
        NAMES,
        &insert("Patient.contact.name", 0, item),
        "operation 1 at Patient.contact.name: nothing is there",
    );
    check_refused(
        NAMES,
        &move_item("Patient.name.given", 0, 0),
        "operation 1 at Patient.name.given: this leads to 3 places and has to lead to one: name it by [0], first() or where(…)",
    );
}

#[test]
fn delete_takes_what_is_there_and_minds_nothing_that_is_not() {
    check(NAMES, &delete("Patient.name[1]"), r#""name":[{"family":"A"},{"family":"C"}]"#);
    check(r#""active":true"#, &delete("Patient.birthDate"), r#""active":true"#);
    check(r#""birthDate":"2000","_birthDate":{"id":"b"},"id":"p""#, &delete("birthDate"), r#""id":"p""#);
    check(GIVEN, &delete("Patient.name.given[0]"), r#""name":[{"given":[null,"c"],"_given":[{"id":"n"},{"id":"m"}]}]"#);
    check(
        GIVEN,
        &delete("Patient.name.given.where($this = 'c')"),
        r#""name":[{"given":["a",null],"_given":[null,{"id":"n"}]}]"#,
    );
}

#[test]
fn delete_refuses_more_than_one_place_and_the_resource_itself() {
    check_refused(
        NAMES,
        &delete("Patient.name"),
        "operation 1 at Patient.name: this leads to 3 places and has to lead to one: name it by [0], first() or where(…)",
    );
    check_refused(
        NAMES,
        &delete("Patient"),
        "operation 1 at Patient: a patch changes a part of the resource and not the whole",
    );
}

#[test]
fn objects_that_become_empty_go_too() {
    check(
        r#""id":"p","contact":[{"name":{"text":"x"}},{"gender":"male"}]"#,
        &delete("Patient.contact.name.text"),
        r#""id":"p","contact":[{"gender":"male"}]"#,
    );
    check(r#""id":"p","contact":[{"name":{"text":"x"}}]"#, &delete("Patient.contact.name.text"), r#""id":"p""#);
    check(r#""birthDate":"2000","_birthDate":{"id":"b"}"#, &delete("Patient.birthDate.id"), r#""birthDate":"2000""#);
    check(GIVEN, &delete("Patient.name.given[1].id"), r#""name":[{"given":["a","c"],"_given":[null,{"id":"m"}]}]"#);
    check(
        r#""contained":[{"resourceType":"Basic","id":"b"}]"#,
        &delete("Patient.contained.id"),
        r#""contained":[{"resourceType":"Basic"}]"#,
    );
}

#[test]
fn replace_puts_a_value_where_another_was_with_its_id_and_extensions() {
    check(
        NAMES,
        &replace("Patient.name[1]", r#""valueHumanName":{"id":"x"}"#),
        r#""name":[{"family":"A"},{"id":"x"},{"family":"C"}]"#,
    );
    check(
        r#""birthDate":"2000","_birthDate":{"id":"b"},"active":true"#,
        &replace("Patient.birthDate", r#""valueDate":"2001""#),
        r#""birthDate":"2001","active":true"#,
    );
    check(
        GIVEN,
        &replace("Patient.name.given[1]", r#""valueString":"b""#),
        r#""name":[{"given":["a","b","c"],"_given":[null,null,{"id":"m"}]}]"#,
    );
    check(
        r#""contact":[{"gender":"male"}]"#,
        &replace("Patient.contact[0]", r#""part":[{"name":"gender","valueCode":"female"}]"#),
        r#""contact":[{"gender":"female"}]"#,
    );
}

#[test]
fn replace_may_change_the_type_of_a_choice() {
    check(
        r#""active":true,"deceasedBoolean":true,"_deceasedBoolean":{"id":"d"},"maritalStatus":{"text":"m"}"#,
        &replace("Patient.deceased", r#""valueDateTime":"2020""#),
        r#""active":true,"deceasedDateTime":"2020","maritalStatus":{"text":"m"}"#,
    );
}

#[test]
fn replace_refuses_what_is_not_there_and_what_does_not_fit() {
    check_refused(
        NAMES,
        &replace("Patient.birthDate", r#""valueDate":"2001""#),
        "operation 1 at Patient.birthDate: nothing is there",
    );
    check_refused(
        NAMES,
        &replace("Patient", r#""resource":{"resourceType":"Patient"}"#),
        "operation 1 at Patient: a patch changes a part of the resource and not the whole",
    );
    check_refused(
        NAMES,
        &replace("Patient.name[0]", r#""valueAddress":{"text":"x"}"#),
        "operation 1 at Patient.name[0]: name takes a value of type HumanName, and this is a Address",
    );
    check_refused(
        NAMES,
        &replace("Patient.name[0]", r#""valueHumanName":{}"#),
        "operation 1 at Patient.name[0]: a HumanName with content was expected",
    );
    check_refused(
        NAMES,
        &replace("Patient.name[0]", r#""valueHumanName":"x""#),
        "operation 1 at Patient.name[0]: a HumanName with content was expected",
    );
    check_refused(
        r#""active":true"#,
        &replace("Patient.active", r#""valueBoolean":{}"#),
        "operation 1 at Patient.active: active: a value that is not empty was expected",
    );
    check_refused(
        r#""active":true"#,
        &replace("Patient.active", r#""valueString":"yes""#),
        "operation 1 at Patient.active: active: true or false was expected",
    );
    check_refused(
        r#""active":true"#,
        &replace("Patient.active", r#""valueInteger":1"#),
        "operation 1 at Patient.active: active takes a value of type boolean, and this is a integer",
    );
    check_refused(
        r#""active":true"#,
        &replace("Patient.active", r#""_valueBoolean":{}"#),
        "operation 1 at Patient.active: active: a value or an extension was expected",
    );
}

#[test]
fn a_primitive_is_taken_in_the_type_of_its_element() {
    check(r#""active":true"#, &replace("Patient.active", r#""valueString":"false""#), r#""active":false"#);
    check(r#""gender":"male""#, &replace("Patient.gender", r#""valueString":"other""#), r#""gender":"other""#);
    check(
        r#""photo":[{"size":1}]"#,
        &replace("Patient.photo.size", r#""valuePositiveInt":7"#),
        r#""photo":[{"size":7}]"#,
    );
    check(
        r#""multipleBirthInteger":1"#,
        &replace("Patient.multipleBirth", r#""valueInteger":2"#),
        r#""multipleBirthInteger":2"#,
    );
}

#[test]
fn the_text_of_a_decimal_stays_as_it_came() {
    let extension = r#""extension":[{"url":"urn:x","valueDecimal":1}]"#;
    check(
        extension,
        &replace("Patient.extension('urn:x').value", r#""valueDecimal":1.500"#),
        &extension.replace(":1}", ":1.500}"),
    );
}

#[test]
fn move_takes_an_item_out_and_counts_its_new_place_afterwards() {
    check(NAMES, &move_item("Patient.name", 0, 2), r#""name":[{"family":"B"},{"family":"C"},{"family":"A"}]"#);
    check(NAMES, &move_item("Patient.name", 2, 0), r#""name":[{"family":"C"},{"family":"A"},{"family":"B"}]"#);
    check(NAMES, &move_item("Patient.name", 1, 1), NAMES);
    check(
        GIVEN,
        &move_item("Patient.name.given", 2, 0),
        r#""name":[{"given":["c","a",null],"_given":[{"id":"m"},null,{"id":"n"}]}]"#,
    );
    check_refused(
        NAMES,
        &move_item("Patient.name", 3, 0),
        "operation 1 at Patient.name: there is no place 3 in a list of 3",
    );
    check_refused(
        NAMES,
        &move_item("Patient.name", 0, 3),
        "operation 1 at Patient.name: there is no place 3 in a list of 3",
    );
    check_refused(
        NAMES,
        &move_item("Patient.contact", 0, 0),
        "operation 1 at Patient.contact: there is no place 0 in a list of 0",
    );
}
