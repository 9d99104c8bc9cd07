//! The table: one line a type, one line an element, one line a value set.

use std::{collections::BTreeMap, fmt::Write};

use serde_json::Value;

use super::{codes, source::Source};

/// Value sets that are named in the table, in the order of their numbers.
#[derive(Default)]
struct ValueSets {
    numbers: BTreeMap<String, Option<usize>>,
    lines: Vec<String>,
}

/// Writes the table of all types in the inputs.
pub fn write(source: &Source, fhir: &str, about: &str) -> Result<String, String> {
    let mut value_sets = ValueSets::default();
    let mut types = String::new();
    for (name, definition) in &source.types {
        write_type(source, name, definition, &mut value_sets, &mut types)?;
    }
    Ok(format!(
        "# FHIR {fhir}: types, elements and the codes of required bindings.\n\
         # Made by `cargo xtask definitions` from {about}. Do not edit.\n\
         # kind name / ' ' element min..max flags types [=value set]; flags: @ XML attribute, ! modifier, - none\n\
         # = number url codes\n{types}{}",
        value_sets.lines.concat()
    ))
}

fn write_type(
    source: &Source,
    name: &str,
    definition: &Value,
    value_sets: &mut ValueSets,
    out: &mut String,
) -> Result<(), String> {
    let kind = match (definition["kind"].as_str(), definition["abstract"].as_bool()) {
        (Some("primitive-type"), _) => "primitive",
        (Some("resource"), Some(true)) => "abstract",
        (Some("resource"), _) => "resource",
        _ => "complex",
    };
    let elements = definition["snapshot"]["element"].as_array().ok_or_else(|| format!("{name} has no snapshot"))?;
    let paths: Vec<String> = elements.iter().map(|element| own_path(name, element)).collect();
    // a type, then each of its nested types, each with its own elements only
    for (at, path) in paths.iter().enumerate() {
        let is_parent = at == 0 || paths.iter().any(|other| parent_of(other) == Some(path.as_str()));
        if !is_parent {
            continue;
        }
        writeln!(out, "{} {path}", if at == 0 { kind } else { "nested" }).map_err(|error| error.to_string())?;
        for (element, child) in
            elements.iter().zip(&paths).filter(|(_, child)| parent_of(child.as_str()) == Some(path.as_str()))
        {
            if kind == "primitive" && child.ends_with(".value") {
                continue; // the value itself is what JSON and XML write for the whole element
            }
            let has_children = paths.iter().any(|other| parent_of(other) == Some(child.as_str()));
            let types = if has_children { child.clone() } else { types(name, kind, element) };
            out.push_str(&element_line(source, child, element, &types, value_sets));
        }
    }
    Ok(())
}

/// The path of an element below the type's own name: constraints such as Age carry the name of what they constrain.
fn own_path(name: &str, element: &Value) -> String {
    let path = element["path"].as_str().unwrap_or_default();
    match path.split_once('.') {
        Some((_, rest)) => format!("{name}.{rest}"),
        None => name.to_owned(),
    }
}

fn parent_of(path: &str) -> Option<&str> {
    path.rsplit_once('.').map(|(parent, _)| parent)
}

fn element_line(source: &Source, path: &str, element: &Value, types: &str, value_sets: &mut ValueSets) -> String {
    let name = path.rsplit('.').next().unwrap_or(path).trim_end_matches("[x]");
    let is_choice = path.ends_with("[x]");
    let mut flags = String::new();
    if texts(&element["representation"]).any(|representation| representation == "xmlAttr") {
        flags.push('@');
    }
    if element["isModifier"].as_bool() == Some(true) {
        flags.push('!');
    }
    if flags.is_empty() {
        flags.push('-');
    }
    let max = if element["max"].as_str() == Some("1") { "1" } else { "*" };
    let binding = match value_sets.of(source, element, types) {
        Some(number) => format!(" ={number}"),
        None => String::new(),
    };
    let choice = if is_choice { "[x]" } else { "" };
    format!(" {name}{choice} {}..{max} {flags} {types}{binding}\n", element["min"].as_u64().unwrap_or(0))
}

fn types(name: &str, kind: &str, element: &Value) -> String {
    if let Some(reference) = element["contentReference"].as_str() {
        return reference.rsplit('#').next().unwrap_or(reference).to_owned();
    }
    let path = element["path"].as_str().unwrap_or_default();
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for of in element["type"].as_array().into_iter().flatten() {
        let code = type_code(name, kind, path, of["code"].as_str().unwrap_or_default());
        let targets = targets(of);
        match all.iter_mut().find(|(known, _)| *known == code) {
            Some((_, known)) => known.extend(targets),
            None => all.push((code, targets)),
        }
    }
    let written = all.into_iter().map(|(code, targets)| match (code.as_str(), targets.is_empty()) {
        ("Reference", false) => format!("Reference({})", targets.join("/")),
        _ => code,
    });
    written.collect::<Vec<_>>().join(",")
}

/// R4 gives ids and extension URLs the types of FHIRPath; JSON and XML know them as FHIR's own.
fn type_code(name: &str, kind: &str, path: &str, code: &str) -> String {
    if !code.starts_with("http://hl7.org/fhirpath/") {
        return code.to_owned();
    }
    let is_resource_id = matches!(kind, "resource" | "abstract") && path == format!("{name}.id");
    match path.rsplit('.').next() {
        Some("id") if is_resource_id => "id",
        Some("url") => "uri",
        _ => "string",
    }
    .to_owned()
}

fn targets(of: &Value) -> Vec<String> {
    let last = |url: &str| url.rsplit('/').next().unwrap_or(url).to_owned();
    match &of["targetProfile"] {
        Value::String(one) => vec![last(one)],
        many => texts(many).map(last).collect(),
    }
}

impl ValueSets {
    /// The number of the value set that binds an element of type code; nothing when it is open or not required.
    fn of(&mut self, source: &Source, element: &Value, types: &str) -> Option<usize> {
        let binding = &element["binding"];
        if types != "code" || binding["strength"].as_str() != Some("required") {
            return None;
        }
        let stu3 = binding["valueSetReference"]["reference"].as_str().or_else(|| binding["valueSetUri"].as_str());
        let url = binding["valueSet"].as_str().or(stu3)?;
        let url = url.split('|').next().unwrap_or(url).to_owned();
        if let Some(known) = self.numbers.get(&url) {
            return *known;
        }
        let number = codes::codes(source, &url).map(|codes| {
            let codes: Vec<String> = codes.into_iter().collect();
            let number = self.lines.len();
            self.lines.push(format!("= {number} {url} {}\n", codes.join(" ")));
            number
        });
        self.numbers.insert(url, number);
        number
    }
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}
