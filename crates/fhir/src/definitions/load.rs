//! Reads a table of definitions. The tables are part of the program, so a fault in them is a fault in the program: a test
//! reads each of them whole.

use super::names::Names;
use super::{Definitions, Element, FhirVersion, Primitive, Type, TypeId, TypeKind, TypeRef, ValueSet};

/// Reads the table of a version. The format is said in the table's head.
pub(super) fn load(version: FhirVersion, table: &'static str) -> Definitions {
    let by_name = names(table);
    let mut definitions = Definitions { version, types: Vec::new(), by_name, value_sets: Vec::new() };
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        if let Some(element) = line.strip_prefix(' ') {
            let element = read_element(element, &definitions.by_name);
            definitions.types.last_mut().expect("elements stand below their type").elements.push(element);
        } else if let Some(value_set) = line.strip_prefix("= ") {
            definitions.value_sets.push(read_value_set(value_set));
        } else {
            let (kind, name) = line.split_once(' ').expect("a type has a kind and a name");
            definitions.types.push(Type {
                name,
                kind: kind_of(kind, name),
                elements: Vec::new(),
                names: Names::default(),
                required: Vec::new(),
            });
        }
    }
    for of in &mut definitions.types {
        of.names = json_names(&of.elements);
        of.required = (0..of.elements.len()).filter(|index| of.elements[*index].min > 0).collect();
    }
    definitions
}

/// Where each type will be: elements name types that stand further down.
fn names(table: &'static str) -> Names<TypeId> {
    let is_type = |line: &&str| !line.starts_with([' ', '#', '=']);
    let names = table.lines().filter(is_type).filter_map(|line| line.split_once(' '));
    names.zip(0..).map(|((_, name), at)| (name, TypeId(at))).collect()
}

fn kind_of(kind: &str, name: &str) -> TypeKind {
    match kind {
        "resource" => TypeKind::Resource,
        "abstract" => TypeKind::AnyResource,
        "primitive" => TypeKind::Primitive(Primitive::named(name).expect("each primitive of the tables is known")),
        "nested" => TypeKind::Nested,
        _ => TypeKind::Complex,
    }
}

fn read_element(line: &'static str, by_name: &Names<TypeId>) -> Element {
    let mut parts = line.split(' ');
    let mut part = || parts.next().expect("an element has a name, a cardinality, flags and types");
    let (full_name, cardinality, flags, types) = (part(), part(), part(), part());
    let (min, max) = cardinality.split_once("..").expect("a cardinality is min..max");
    let name = full_name.trim_end_matches("[x]");
    let is_choice = full_name.len() > name.len();
    Element {
        name,
        is_choice,
        min: min.parse().expect("min is a number"),
        many: max == "*",
        is_xml_attribute: flags.contains('@'),
        is_modifier: flags.contains('!'),
        types: types.split(',').map(|of| read_type_ref(name, is_choice, of, by_name)).collect(),
        codes: parts.next().map(|number| number.trim_start_matches('=').parse().expect("value sets are numbered")),
    }
}

fn read_type_ref(element: &'static str, is_choice: bool, text: &'static str, by_name: &Names<TypeId>) -> TypeRef {
    let (name, targets) = text.trim_end_matches(')').split_once('(').unwrap_or((text, ""));
    let targets: Vec<_> = targets.split('/').filter(|target| !target.is_empty() && *target != "Resource").collect();
    let json_name = if is_choice { choice_name(element, name) } else { element };
    let id = *by_name.get(name).unwrap_or_else(|| panic!("the tables define each type that they name: {name}"));
    TypeRef { name, id, json_name, targets }
}

/// The name of a choice with a type. It is leaked: the tables live as long as the program.
fn choice_name(element: &str, of: &str) -> &'static str {
    let mut letters = of.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    Box::leak(format!("{element}{first}{}", letters.as_str()).into_boxed_str())
}

fn json_names(elements: &[Element]) -> Names<(u16, u16)> {
    let mut names = Names::default();
    for (element, at) in elements.iter().zip(0..) {
        for (type_ref, of) in element.types.iter().zip(0..) {
            names.insert(type_ref.json_name, (at, of));
        }
    }
    names
}

fn read_value_set(line: &'static str) -> ValueSet {
    let mut parts = line.split(' ').skip(1);
    let url = parts.next().expect("a value set has a URL");
    let mut codes: Vec<_> = parts.collect();
    codes.sort_unstable();
    ValueSet { url, codes }
}
