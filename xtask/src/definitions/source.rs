//! The inputs: structure definitions, value sets and code systems out of JSON files.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// What the inputs hold, by name or canonical address.
#[derive(Default)]
pub struct Source {
    /// Resource and data types by name.
    pub types: BTreeMap<String, Value>,
    /// Value sets by URL.
    pub value_sets: BTreeMap<String, Value>,
    /// Code systems by URL.
    pub code_systems: BTreeMap<String, Value>,
}

impl Source {
    /// Reads all inputs.
    pub fn read(inputs: &[PathBuf]) -> Result<Source, String> {
        let mut source = Source::default();
        for input in inputs {
            for file in files(input)? {
                let text =
                    fs::read_to_string(&file).map_err(|error| format!("could not read {}: {error}", file.display()))?;
                let json = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
                source.add(json);
            }
        }
        if source.types.is_empty() { Err("the inputs hold no StructureDefinition".to_owned()) } else { Ok(source) }
    }

    fn add(&mut self, resource: Value) {
        match resource["resourceType"].as_str() {
            Some("Bundle") => {
                for entry in resource["entry"].as_array().into_iter().flatten() {
                    self.add(entry["resource"].clone());
                }
            }
            Some("StructureDefinition") if is_type(&resource) => insert(&mut self.types, "name", resource),
            Some("ValueSet") => insert(&mut self.value_sets, "url", resource),
            Some("CodeSystem") => insert(&mut self.code_systems, "url", resource),
            _ => {}
        }
    }
}

/// Types proper, not profiles on them. STU3 calls Age, Count and their like constraints although elements name them.
fn is_type(definition: &Value) -> bool {
    let is_kind = matches!(definition["kind"].as_str(), Some("primitive-type" | "complex-type" | "resource"));
    let name = definition["name"].as_str().unwrap_or_default();
    let is_quantity = ["Age", "Count", "Distance", "Duration"].contains(&name);
    let is_base = definition["url"].as_str() == Some(&format!("http://hl7.org/fhir/StructureDefinition/{name}"));
    is_kind && is_base && (definition["derivation"].as_str() != Some("constraint") || is_quantity)
}

fn insert(map: &mut BTreeMap<String, Value>, key: &str, resource: Value) {
    if let Some(key) = resource[key].as_str().map(str::to_owned) {
        map.insert(key, resource);
    }
}

fn files(input: &Path) -> Result<Vec<PathBuf>, String> {
    if input.is_file() {
        return Ok(vec![input.to_owned()]);
    }
    let entries = fs::read_dir(input).map_err(|error| format!("could not read {}: {error}", input.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    Ok(files)
}
