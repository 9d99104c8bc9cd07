//! The graph of crates: who may know whom, and which libraries stay in one place. See ARCHITECTURE.md, "The map".

use super::{
    complaint::Complaint,
    house::{House, Text},
};

/// Each crate with the ones that it may depend on.
const EDGES: &[(&str, &[&str])] = &[
    ("fhir", &[]),
    ("exchange", &["fhir"]),
    ("dialects", &["fhir", "exchange"]),
    ("oauth", &[]),
    ("store", &["fhir", "exchange"]),
    ("console", &["fhir", "exchange", "oauth"]),
    ("server", &["fhir", "exchange", "dialects", "oauth", "store", "console"]),
    ("testkit", &["fhir", "exchange", "dialects", "oauth", "store"]),
    ("xtask", &[]),
];

/// Crates without I/O, clock and chance.
pub const PURE: &[&str] = &["fhir", "exchange", "dialects", "oauth", "console"];

/// Libraries that bring I/O, a runtime, a clock or chance, or write logs.
const IMPURE: &[&str] = &[
    "async-trait",
    "axum",
    "deadpool-postgres",
    "fastrand",
    "flate2",
    "futures",
    "getrandom",
    "hyper",
    "hyper-util",
    "indicatif",
    "mio",
    "rand",
    "reqwest",
    "rusqlite",
    "socket2",
    "tokio",
    "tokio-postgres",
    "tracing",
    "ureq",
    "uuid",
];

/// Libraries that one crate alone may know.
const OWNED: &[(&str, &str)] = &[
    ("quick-xml", "fhir"),
    ("rusqlite", "store"),
    ("tokio-postgres", "store"),
    ("deadpool-postgres", "store"),
    ("hyper", "server"),
    ("hyper-util", "server"),
    ("http", "server"),
    ("http-body-util", "server"),
    ("axum", "server"),
    ("reqwest", "server"),
];

/// `crate-graph`: only the edges of the map; libraries with I/O stay out of pure crates; versions and lints stand in the
/// workspace's manifest.
pub fn check(house: &House) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for manifest in house.texts.iter().filter(|text| text.path.ends_with("/Cargo.toml")) {
        match manifest.text.parse::<toml::Table>() {
            Ok(table) => check_manifest(manifest, &table, &mut complaints),
            Err(error) => complaints.push(Complaint::new("crate-graph", &manifest.path, 1, error.to_string())),
        }
    }
    complaints
}

fn check_manifest(manifest: &Text, table: &toml::Table, complaints: &mut Vec<Complaint>) {
    let krate = crate_of(&manifest.path);
    let mut complain = |line: usize, item: &str, says: String| {
        complaints.push(Complaint::new("crate-graph", &manifest.path, line, says).about(item));
    };
    let Some((_, edges)) = EDGES.iter().find(|(name, _)| *name == krate) else {
        let says = format!(
            "{krate} is not on the map: write a decision, then draw it in ARCHITECTURE.md and in tidy's graph.rs"
        );
        return complain(1, krate, says);
    };
    if table.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool) != Some(true) {
        complain(1, "lints", "the lints are those of the workspace: [lints] workspace = true".to_owned());
    }
    for (section, dependencies) in sections(table, "") {
        for (name, detail) in dependencies {
            let line = line_of(&manifest.text, &section, name);
            if let Some(says) = wrong_edge(krate, edges, &section, name) {
                complain(line, name, says);
            }
            if detail.get("workspace").is_none() {
                complain(line, name, format!("versions stand in one place: {name}.workspace = true"));
            }
        }
    }
}

/// What is wrong with a dependency, if anything is.
fn wrong_edge(krate: &str, edges: &[&str], section: &str, name: &str) -> Option<String> {
    let for_tests = section.ends_with("dev-dependencies");
    if let Some(ours) = name.strip_prefix("baton-") {
        let allowed = edges.contains(&ours) || (for_tests && ours == "testkit");
        return (!allowed).then(|| format!("{krate} may not know {ours}; it may know: {}", listed(edges)));
    }
    if for_tests {
        return None;
    }
    if PURE.contains(&krate) && IMPURE.contains(&name) {
        return Some(format!("{krate} is pure and {name} is not: what it gives comes in as a parameter"));
    }
    let owner = OWNED.iter().find(|(library, owner)| *library == name && *owner != krate);
    owner.map(|(_, owner)| format!("only {owner} may know {name}"))
}

fn listed(edges: &[&str]) -> String {
    if edges.is_empty() { "none of ours".to_owned() } else { edges.join(", ") }
}

/// Tables of dependencies with their names, those of single targets too.
fn sections<'t>(table: &'t toml::Table, prefix: &str) -> Vec<(String, &'t toml::Table)> {
    let mut found = Vec::new();
    for (name, value) in table {
        let Some(inner) = value.as_table() else { continue };
        match name.as_str() {
            "dependencies" | "dev-dependencies" | "build-dependencies" => {
                found.push((format!("{prefix}{name}"), inner));
            }
            "target" => {
                for (target, value) in inner {
                    let of_target = value.as_table().map(|table| sections(table, &format!("target.{target}.")));
                    found.extend(of_target.unwrap_or_default());
                }
            }
            _ => {}
        }
    }
    found
}

fn line_of(text: &str, section: &str, name: &str) -> usize {
    let of_section = text.lines().position(|line| line.trim() == format!("[{section}]")).unwrap_or(0);
    let is_named =
        |line: &&str| line.trim_start().strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
    1 + of_section + text.lines().skip(of_section).position(|line| is_named(&line)).unwrap_or(0)
}

fn crate_of(path: &str) -> &str {
    let path = path.strip_prefix("crates/").unwrap_or(path);
    path.split('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::complaints;

    #[track_caller]
    fn check(path: &str, dependencies: &str, expected: &[&str]) {
        let manifest = format!("[lints]\nworkspace = true\n{dependencies}");
        assert_eq!(complaints(super::check, &[(path, &manifest)]), expected);
    }

    #[test]
    fn an_edge_against_the_map_is_refused() {
        check(
            "crates/fhir/Cargo.toml",
            "[dependencies]\nbaton-exchange.workspace = true",
            &["crates/fhir/Cargo.toml:4: fhir may not know exchange; it may know: none of ours [crate-graph]"],
        );
    }

    #[test]
    fn a_pure_crate_knows_no_runtime() {
        check(
            "crates/oauth/Cargo.toml",
            "[dependencies]\nserde.workspace = true\n[target.'cfg(unix)'.dependencies]\ntokio = { workspace = true }",
            &[
                "crates/oauth/Cargo.toml:6: oauth is pure and tokio is not: what it gives comes in as a parameter [crate-graph]",
            ],
        );
    }

    #[test]
    fn only_the_store_knows_databases() {
        check(
            "crates/server/Cargo.toml",
            "[dependencies]\nrusqlite.workspace = true",
            &["crates/server/Cargo.toml:4: only store may know rusqlite [crate-graph]"],
        );
    }

    #[test]
    fn only_fhir_reads_xml() {
        let says = "crates/server/Cargo.toml:4: only fhir may know quick-xml [crate-graph]";
        check("crates/server/Cargo.toml", "[dependencies]\nquick-xml.workspace = true", &[says]);
        check("crates/fhir/Cargo.toml", "[dependencies]\nquick-xml.workspace = true", &[]);
    }

    #[test]
    fn the_testkit_is_for_tests() {
        check("crates/store/Cargo.toml", "[dev-dependencies]\nbaton-testkit.workspace = true", &[]);
        check(
            "crates/store/Cargo.toml",
            "[dependencies]\nbaton-testkit.workspace = true",
            &["crates/store/Cargo.toml:4: store may not know testkit; it may know: fhir, exchange [crate-graph]"],
        );
    }

    #[test]
    fn a_version_in_a_crate_is_refused() {
        check(
            "crates/store/Cargo.toml",
            "[dependencies]\nzstd = \"0.14\"",
            &["crates/store/Cargo.toml:4: versions stand in one place: zstd.workspace = true [crate-graph]"],
        );
    }

    #[test]
    fn an_unknown_crate_is_refused() {
        let found = complaints(super::check, &[("crates/helpers/Cargo.toml", "")]);
        assert!(found[0].contains("helpers is not on the map"), "{found:?}");
    }

    #[test]
    fn lints_come_from_the_workspace() {
        let found = complaints(super::check, &[("crates/fhir/Cargo.toml", "[package]\nname = \"baton-fhir\"")]);
        assert!(found[0].contains("[lints] workspace = true"), "{found:?}");
    }

    #[test]
    fn the_edges_of_the_map_are_fine() {
        check(
            "crates/dialects/Cargo.toml",
            "[dependencies]\nbaton-fhir.workspace = true\nbaton-exchange.workspace = true",
            &[],
        );
    }
}
