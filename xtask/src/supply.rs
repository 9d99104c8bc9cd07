//! What stands behind the program: `cargo xtask sbom` lists all crates that are built, as CycloneDX; `cargo xtask advisories` asks
//! a tool that knows which of them are known to be bad.

use std::{collections::BTreeSet, process::Command};

use serde_json::{Value, json};

use crate::cargo;

/// The package that has the program.
const PROGRAM: &str = "baton-server";

/// Prints the crates that the program is built of as a CycloneDX document of version 1.5: for this platform, or for one that is named
/// (`cargo xtask sbom x86_64-unknown-linux-musl`). Source: CycloneDX 1.5, "components".
pub fn sbom(rest: &[String]) -> Result<(), String> {
    // what tests and other platforms need is in the lock file, too, and cargo's metadata cannot tell it from the rest
    let mut tree = vec![
        "tree",
        "--package",
        PROGRAM,
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--format",
        "{p}",
        "--locked",
    ];
    tree.extend(rest.first().into_iter().flat_map(|platform| ["--target", platform.as_str()]));
    println!("{:#}", document(&cargo::packages()?, &built(&cargo::ask(&tree)?)));
    Ok(())
}

/// Names and versions in what cargo's tree says, a line each: `one v1.2.3 (proc-macro)`.
fn built(tree: &str) -> BTreeSet<(&str, &str)> {
    let named = |line| {
        let mut words = str::split_whitespace(line);
        Some((words.next()?, words.next()?.strip_prefix('v')?))
    };
    tree.lines().filter_map(named).collect()
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
fn document(packages: &[Value], built: &BTreeSet<(&str, &str)>) -> Value {
    let text = |package: &'_ Value, name: &str| package[name].as_str().unwrap_or_default().to_owned();
    let is_meant = |package: &&Value| {
        package["source"].is_string() && built.contains(&(&*text(package, "name"), &*text(package, "version")))
    };
    let component = |package: &Value| {
        let (name, version) = (text(package, "name"), text(package, "version"));
        let purl = format!("pkg:cargo/{name}@{version}");
        json!({
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": version,
            "purl": purl,
            "licenses": licences(package),
        })
    };
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "baton", "version": env!("CARGO_PKG_VERSION")}},
        "components": packages.iter().filter(is_meant).map(component).collect::<Vec<_>>(),
    })
}

/// An expression of SPDX, or the file that a crate has instead of one; an empty list where it has neither.
fn licences(package: &Value) -> Value {
    match (package["license"].as_str(), package["license_file"].as_str()) {
        (Some(expression), _) => json!([{"expression": expression.replace('/', " OR ")}]),
        (None, Some(file)) => json!([{"license": {"name": format!("in its file {file}")}}]),
        (None, None) => json!([]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{built, document};

    const ELSEWHERE: &str = "registry+https://example.org";

    /// What the document has of the packages that a tree names.
    fn components(packages: &[Value], tree: &str) -> Value {
        document(packages, &built(tree))["components"].take()
    }

    #[test]
    fn a_list_of_what_is_built_names_each_foreign_crate_with_its_version_and_licence() {
        let packages = [
            json!({"name": "baton-fhir", "version": "0.1.0", "source": null, "license": "MIT"}),
            json!({"name": "one", "version": "1.2.3", "source": ELSEWHERE, "license": "MIT/Apache-2.0"}),
        ];
        let components =
            components(&packages, "baton-fhir v0.1.0 (/somewhere)\none v1.2.3 (proc-macro)\none v1.2.3 (*)\n");
        assert_eq!(components.as_array().map(Vec::len), Some(1));
        let component = &components[0];
        assert_eq!((&component["purl"], &component["name"]), (&json!("pkg:cargo/one@1.2.3"), &json!("one")));
        assert_eq!(component["licenses"], json!([{"expression": "MIT OR Apache-2.0"}]));
    }

    #[test]
    fn what_tests_and_other_platforms_need_is_not_built() {
        let package = |version: &str| json!({"name": "one", "version": version, "source": ELSEWHERE, "license": "MIT"});
        let components = components(&[package("1.0.0"), package("2.0.0")], "one v2.0.0\n");
        assert_eq!(components.as_array().map(Vec::len), Some(1));
        assert_eq!(components[0]["version"], "2.0.0");
    }

    #[test]
    fn a_crate_without_an_expression_has_its_file_or_nothing() {
        let package = |name: &str, file: Value| json!({"name": name, "version": "1.0.0", "source": ELSEWHERE, "license": null, "license_file": file});
        let components =
            components(&[package("one", json!("LICENCE")), package("two", Value::Null)], "one v1.0.0\ntwo v1.0.0\n");
        assert_eq!(components[0]["licenses"], json!([{"license": {"name": "in its file LICENCE"}}]));
        assert_eq!(components[1]["licenses"], json!([]));
    }
}
