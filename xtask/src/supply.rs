//! What stands behind the program: `cargo xtask sbom` lists all crates that are built, as CycloneDX; `cargo xtask advisories` asks
//! a tool that knows which of them are known to be bad.

use std::process::Command;

use serde_json::{Value, json};

/// Prints the crates of the lock file as a CycloneDX document of version 1.5. Source: CycloneDX 1.5, "components".
pub fn sbom(_: &[String]) -> Result<(), String> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--locked"])
        .output()
        .map_err(|error| format!("could not start cargo: {error}"))?;
    let metadata: Value = serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
    println!("{:#}", document(packages));
    Ok(())
}

/// Looks for advisories with cargo-deny, else with cargo-audit. Both need the network for their list.
pub fn advisories(_: &[String]) -> Result<(), String> {
    for (tool, arguments) in [("deny", &["check", "advisories"][..]), ("audit", &[][..])] {
        let is_there = Command::new("cargo").args([tool, "--version"]).output().is_ok_and(|it| it.status.success());
        if is_there {
            let done = Command::new("cargo").arg(tool).args(arguments).status();
            return match done.map_err(|error| format!("could not start cargo {tool}: {error}"))?.success() {
                true => Ok(()),
                false => Err(format!("cargo {tool} found something, or could not look: see above")),
            };
        }
    }
    Err("neither cargo-deny nor cargo-audit is installed: `cargo install --locked cargo-deny`, with a network for its list".to_owned())
}

/// Only what comes from elsewhere: the house's own crates are what the document is about.
fn document(packages: &[Value]) -> Value {
    let foreign = packages.iter().filter(|package| package["source"].is_string());
    let component = |package: &Value| {
        let text = |name: &str| package[name].as_str().unwrap_or_default();
        let purl = format!("pkg:cargo/{}@{}", text("name"), text("version"));
        json!({
            "type": "library",
            "bom-ref": purl,
            "name": text("name"),
            "version": text("version"),
            "purl": purl,
            "licenses": [{"expression": text("license").replace('/', " OR ")}],
        })
    };
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "baton", "version": env!("CARGO_PKG_VERSION")}},
        "components": foreign.map(component).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::document;

    #[test]
    fn a_list_of_what_is_built_names_each_foreign_crate_with_its_version_and_licence() {
        let packages = [
            json!({"name": "baton-fhir", "version": "0.1.0", "source": null, "license": "MIT"}),
            json!({"name": "one", "version": "1.2.3", "source": "registry+https://example.org", "license": "MIT/Apache-2.0"}),
        ];
        let document = document(&packages);
        assert_eq!(document["components"].as_array().map(Vec::len), Some(1));
        let component = &document["components"][0];
        assert_eq!((&component["purl"], &component["name"]), (&json!("pkg:cargo/one@1.2.3"), &json!("one")));
        assert_eq!(component["licenses"][0]["expression"], "MIT OR Apache-2.0");
    }
}
