//! The codes of a value set, where the inputs say all of them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::source::Source;

/// All codes of a value set; nothing when it is open: filters, exclusions, or a code system that is not given in full.
pub fn codes(source: &Source, url: &str) -> Option<BTreeSet<String>> {
    let mut codes = BTreeSet::new();
    add_value_set(source, url, &mut codes, 0)?;
    (!codes.is_empty()).then_some(codes)
}

fn add_value_set(source: &Source, url: &str, codes: &mut BTreeSet<String>, depth: usize) -> Option<()> {
    let url = url.split('|').next().unwrap_or(url);
    let compose = &source.value_sets.get(url)?["compose"];
    if depth > 8 || compose["exclude"].is_array() {
        return None;
    }
    for include in compose["include"].as_array()? {
        if include["filter"].is_array() {
            return None;
        }
        for imported in texts(&include["valueSet"]) {
            add_value_set(source, imported, codes, depth + 1)?;
        }
        match (include["system"].as_str(), include["concept"].as_array()) {
            (_, Some(concepts)) => add_concepts(concepts, codes),
            (Some(system), None) => {
                let system = source.code_systems.get(system)?;
                if system["content"].as_str() != Some("complete") {
                    return None;
                }
                add_concepts(system["concept"].as_array()?, codes);
            }
            (None, None) => {}
        }
    }
    Some(())
}

fn add_concepts(concepts: &[Value], codes: &mut BTreeSet<String>) {
    for concept in concepts {
        codes.extend(concept["code"].as_str().map(str::to_owned));
        if let Some(children) = concept["concept"].as_array() {
            add_concepts(children, codes);
        }
    }
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}
