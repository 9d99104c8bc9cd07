use super::{read, write};
use crate::{
    canonical::content_hash,
    definitions::{Definitions, Element, FhirVersion, Primitive, Type, TypeKind, TypeRef, definitions},
    json,
    reading::{ReadLimits, Reading},
    tree::{NodeId, Tree},
};

fn to_json(xml: &str, reading: Reading) -> Result<String, String> {
    match read(xml.as_bytes(), definitions(FhirVersion::R4), reading, &ReadLimits::default()) {
        Ok(read) => {
            let mut out = Vec::new();
            json::write(read.tree.root(), &mut out);
            let rules: Vec<_> = read.findings.iter().map(|finding| finding.rule.id).collect();
            let text = String::from_utf8(out).expect("JSON is text");
            Ok(format!("{text}{}{}", if rules.is_empty() { "" } else { " " }, rules.join(" ")))
        }
        Err(finding) => {
            let position = finding.position.map_or("?".to_owned(), |at| format!("{}:{}", at.line, at.column));
            Err(format!("{} {position}", finding.rule.id))
        }
    }
}

fn patient(inner: &str) -> String {
    format!("<Patient xmlns=\"http://hl7.org/fhir\">{inner}</Patient>")
}

fn check_refused(xml: &str, expected: &str) {
    for reading in [Reading::Strict, Reading::Repair] {
        assert_eq!(to_json(xml, reading).expect_err(xml), expected, "{xml}");
    }
}

#[test]
fn what_is_no_fhir_xml_is_refused_with_its_place() {
    check_refused("", "xml-syntax 1:1");
    check_refused("hello", "xml-text 1:1");
    check_refused("<Patient/>", "xml-namespace 1:1");
    check_refused("<Patient xmlns=\"urn:other\"/>", "xml-namespace 1:1");
    check_refused("<f:Patient xmlns:f=\"http://hl7.org/fhir\"/>", "xml-namespace 1:1");
    check_refused("<Referral xmlns=\"http://hl7.org/fhir\"/>", "xml-resource-type 1:1");
    check_refused("<Patient xmlns=\"http://hl7.org/fhir\">\n<active value=\"true\">\n</Patient>", "xml-syntax 3:1");
    check_refused(&patient("\n<active value=\"&nope;\"/>"), "xml-syntax 2:1");
    check_refused(&patient("<gender value=\"a<b\"/>"), "xml-syntax 1:38");
    check_refused(&patient("<extension url=\"a<b\"/>"), "xml-syntax 1:38");
    check_refused(&patient("<!-- a -- b -->"), "xml-syntax 1:45");
    check_refused(&patient("text"), "xml-text 1:38");
    check_refused(&patient("<?php x?>"), "xml-syntax 1:38");
    check_refused(&patient("<contained/>"), "xml-one-resource 1:38");
    check_refused(&format!("{}{}", patient(""), patient("")), "xml-syntax 1:48");
    check_refused(
        "<?xml version=\"1.0\" encoding=\"latin-1\"?><Patient xmlns=\"http://hl7.org/fhir\"/>",
        "xml-encoding 1:1",
    );
}

/// Threat: T76
#[test]
fn a_document_type_is_refused_before_anything_is_looked_up() {
    let bomb = "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/hostname\">]>\n<Patient xmlns=\"http://hl7.org/fhir\"/>";
    check_refused(bomb, "xml-doctype 1:1");
}

/// Threat: T74
#[test]
fn nesting_has_a_limit() {
    let deep = |levels: usize| {
        patient(&format!("{}{}", "<extension url=\"x\">".repeat(levels), "</extension>".repeat(levels)))
    };
    assert!(to_json(&deep(63), Reading::Strict).is_ok());
    check_refused(&deep(64), "xml-depth 1:1235");
}

#[test]
fn an_element_that_is_not_defined_is_an_error_in_strict_and_left_out_in_repair() {
    let xml = patient("<hobby><x/></hobby><active value=\"true\"/>");
    let expected = r#"{"resourceType":"Patient","active":true} xml-unknown-element"#;
    assert_eq!(to_json(&xml, Reading::Repair).as_deref(), Ok(expected));
    let read = read(xml.as_bytes(), definitions(FhirVersion::R4), Reading::Strict, &ReadLimits::default())
        .expect("it goes on");
    assert!(read.findings[0].severity.refuses());
}

#[test]
fn order_and_repetition_are_looked_at() {
    let late = patient("<gender value=\"other\"/><active value=\"true\"/>");
    assert!(to_json(&late, Reading::Repair).expect("it is read").ends_with("xml-order"));
    let twice = patient("<active value=\"true\"/><active value=\"false\"/>");
    assert_eq!(
        to_json(&twice, Reading::Repair).as_deref(),
        Ok(r#"{"resourceType":"Patient","active":true} xml-repeated"#)
    );
    assert!(to_json(&patient("<active/>"), Reading::Repair).expect("it is read").ends_with("xml-empty"));
}

#[test]
fn what_is_found_while_reading_has_a_path_of_its_own() {
    let check = |inner: &str, expected: &[&str]| {
        let read =
            read(patient(inner).as_bytes(), definitions(FhirVersion::R4), Reading::Repair, &ReadLimits::default());
        let found = read.expect("it is read").findings;
        let shown: Vec<String> =
            found.iter().map(|it| format!("{} {}", it.rule.id, it.expression.as_deref().unwrap_or("-"))).collect();
        assert_eq!(shown, expected, "{inner}");
    };
    check("<name><hobby/></name>", &["xml-unknown-element Patient.name[0].hobby"]);
    check("<contact odd=\"x\"/>", &["xml-unknown-attribute Patient.contact[0]"]);
    check("<gender value=\"other\"/><active value=\"true\"/>", &["xml-order Patient.active"]);
    check("<active value=\"true\"/><active value=\"true\"/>", &["xml-repeated Patient.active"]);
    check("<name><given value=\"A\"/><given/></name>", &["xml-empty Patient.name[0].given[1]"]);
    let nested = "<birthDate><extension url=\"u\"><valueCode><extension url=\"v\"><odd/></extension></valueCode></extension></birthDate>";
    check(nested, &["xml-unknown-element Patient.birthDate.extension[0].valueCode.extension[0].odd"]);
}

#[test]
fn ids_and_extensions_of_repeated_primitives_keep_their_places() {
    let xml = patient(
        "<name><given value=\"A\"/><given id=\"g\"/><given value=\"B\"><extension url=\"u\"><valueBoolean value=\"true\"/></extension></given></name>",
    );
    let expected = r#"{"resourceType":"Patient","name":[{"given":["A",null,"B"],"_given":[null,{"id":"g"},{"extension":[{"url":"u","valueBoolean":true}]}]}]}"#;
    assert_eq!(to_json(&xml, Reading::Strict).as_deref(), Ok(expected));
    check_round_trip(expected);
}

#[test]
fn a_start_and_an_end_tag_are_as_good_as_an_empty_element() {
    let xml = patient("<!-- x --> <active value=\"true\"> </active>\n");
    assert_eq!(to_json(&xml, Reading::Strict).as_deref(), Ok(r#"{"resourceType":"Patient","active":true}"#));
}

/// JSON to XML and back gives the same document, member by member.
fn check_round_trip(json_text: &str) {
    let read_json = json::read(json_text.as_bytes(), Reading::Strict, &ReadLimits::default()).expect("it is JSON");
    check_tree(&read_json.tree, definitions(FhirVersion::R4));
}

fn check_tree(tree: &Tree, definitions: &Definitions) {
    let mut xml = Vec::new();
    write(tree.root(), definitions, &mut xml);
    let again = read(&xml, definitions, Reading::Strict, &ReadLimits::default());
    let again = again.unwrap_or_else(|finding| panic!("{finding:?}\n{}", String::from_utf8_lossy(&xml)));
    assert_eq!(again.findings, [], "{}", String::from_utf8_lossy(&xml));
    assert_eq!(content_hash(again.tree.root()), content_hash(tree.root()), "{}", String::from_utf8_lossy(&xml));
}

#[test]
fn text_that_xml_treats_specially_survives() {
    check_round_trip(r#"{"resourceType":"Patient","name":[{"text":" <a> & \"b\" 'c' \t\r\n é 👩🏽‍⚕️ "}]}"#);
}

#[test]
fn characters_that_xml_cannot_write_are_replaced() {
    let text = r#"{"resourceType":"Patient","name":[{"text":"a\u0000b\u001f\n\ufffe\uffff\ufffd\uff0e"}]}"#;
    let source = json::read(text.as_bytes(), Reading::Strict, &ReadLimits::default()).expect("it is JSON");
    let mut xml = Vec::new();
    write(source.tree.root(), definitions(FhirVersion::R4), &mut xml);
    let xml = String::from_utf8(xml).expect("XML is text");
    assert!(xml.contains("value=\"a\u{fffd}b\u{fffd}&#10;\u{fffd}\u{fffd}\u{fffd}\u{ff0e}\""), "{xml:?}");
}

#[test]
fn number_text_and_narratives_survive() {
    check_round_trip(
        r#"{"resourceType":"Location","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p id='x'>a &amp; b<br/></p></div>"},"position":{"longitude":-9.4670e1,"latitude":38.930}}"#,
    );
}

#[test]
fn characters_by_the_names_of_html_become_characters() {
    let text = r#"{"resourceType":"Basic","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a&nbsp;b &amp; &eacute; &#169;</div>"}}"#;
    let source = json::read(text.as_bytes(), Reading::Strict, &ReadLimits::default()).expect("it is JSON");
    let mut xml = Vec::new();
    write(source.tree.root(), definitions(FhirVersion::R4), &mut xml);
    assert!(String::from_utf8(xml).expect("XML is text").contains("a\u{a0}b &amp; é &#169;"));
}

/// Builds an instance of a type in which each element stands once, lists twice, choices with one type after the other.
struct Instance<'d> {
    definitions: &'d Definitions,
    tree: Tree,
    turn: usize,
}

impl Instance<'_> {
    fn fill(&mut self, parent: NodeId, of: &Type, depth: usize) {
        for element in &of.elements {
            self.turn += 1;
            let type_ref = &element.types[self.turn % element.types.len()];
            let is_deep = depth >= 3 && !element.is_xml_attribute;
            if is_deep || self.definitions.type_at(type_ref.id).is_resource() && depth > 0 {
                continue;
            }
            self.add(parent, element, type_ref, depth);
        }
    }

    fn add(&mut self, parent: NodeId, element: &Element, type_ref: &TypeRef, depth: usize) {
        let of = self.definitions.type_at(type_ref.id);
        let name = type_ref.json_name;
        if let TypeKind::Primitive(primitive) = of.kind {
            return self.add_primitive(parent, element, name, primitive);
        }
        let (holder, times) = if element.many { (self.tree.add_array(parent, name), 2) } else { (parent, 1) };
        for _ in 0..times {
            let object = self.tree.add_object(holder, if element.many { "" } else { name });
            if of.is_resource() {
                self.tree.add_str(object, "resourceType", "Basic");
                self.tree.add_str(object, "id", "inner");
            } else {
                self.fill(object, of, depth + 1);
                if self.tree.node(object).children().next().is_none() {
                    self.tree.add_str(object, "id", "e");
                }
            }
        }
    }

    fn add_primitive(&mut self, parent: NodeId, element: &Element, name: &str, primitive: Primitive) {
        let (kind, text) = (primitive.json_kind(), sample(primitive));
        if element.is_xml_attribute || primitive == Primitive::Xhtml {
            self.tree.add(Some(parent), name, kind, text);
            return;
        }
        if !element.many {
            self.tree.add(Some(parent), name, kind, text);
            let extra = self.tree.add_object(parent, &format!("_{name}"));
            self.tree.add_str(extra, "id", "p");
            return;
        }
        let values = self.tree.add_array(parent, name);
        self.tree.add(Some(values), "", kind, text);
        self.tree.add(Some(values), "", crate::tree::Kind::Null, "");
        let extras = self.tree.add_array(parent, &format!("_{name}"));
        self.tree.add(Some(extras), "", crate::tree::Kind::Null, "");
        let extra = self.tree.add_object(extras, "");
        self.tree.add_str(extra, "id", "q");
    }
}

fn sample(primitive: Primitive) -> &'static str {
    match primitive {
        Primitive::Boolean => "true",
        Primitive::Integer | Primitive::UnsignedInt | Primitive::PositiveInt => "7",
        Primitive::Decimal => "1.50",
        Primitive::Date => "2024-02",
        Primitive::DateTime | Primitive::Instant => "2024-02-29T12:00:00.500+01:00",
        Primitive::Time => "12:00:00",
        Primitive::Xhtml => "<div xmlns=\"http://www.w3.org/1999/xhtml\"><b>x</b> &lt;</div>",
        _ => "a <b> & \"c\"",
    }
}

fn check_every_resource(version: FhirVersion) {
    let definitions = definitions(version);
    let mut count = 0;
    for of in definitions.types().filter(|of| of.kind == TypeKind::Resource) {
        for turn in 0..3 {
            let mut instance = Instance { definitions, tree: Tree::resource(of.name), turn };
            let root = instance.tree.root_id();
            instance.fill(root, of, 0);
            check_tree(&instance.tree, definitions);
            count += 1;
        }
    }
    assert!(count > 300);
}

#[test]
fn every_resource_type_of_r4_survives_json_to_xml_and_back() {
    check_every_resource(FhirVersion::R4);
}

#[test]
fn every_resource_type_of_stu3_survives_json_to_xml_and_back() {
    check_every_resource(FhirVersion::Stu3);
}

/// Threat: T78
#[test]
fn very_many_attributes_of_one_tag_are_refused_with_few_words_and_very_many_namespaces_are_passed_over() {
    let read = |attribute: fn(u32) -> String| {
        let all: Vec<String> = (0..80_000).map(attribute).collect();
        let xml = format!("<Patient xmlns=\"http://hl7.org/fhir\" {}/>", all.join(" "));
        let read = read(xml.as_bytes(), definitions(FhirVersion::R4), Reading::Strict, &ReadLimits::default());
        read.expect("it is well formed").findings
    };
    let attributes = read(|number| format!("a{number}=\"x\""));
    assert_eq!(attributes.len(), crate::finding::FINDINGS_MAX + 1);
    assert!(attributes[0].severity.refuses());
    assert_eq!(read(|number| format!("xmlns:a{number}=\"urn:{number}\"")).len(), 0);
}

/// Threat: T77
#[test]
fn entities_are_those_of_xml_and_of_html_and_nobody_makes_one() {
    for entity in ["&lol9;", "&#0;", "&#xFFFFFFFF;", "&x", "&;"] {
        let xml = patient(&format!("<id value=\"{entity}\"/>"));
        assert!(to_json(&xml, Reading::Strict).is_err(), "{entity}");
    }
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><Patient xmlns=\"http://hl7.org/fhir\"/>";
    check_refused(bomb, "xml-doctype 1:1");
}
