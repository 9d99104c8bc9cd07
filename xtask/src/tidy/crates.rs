//! The crate graph: which crate may know which, and what the pure ones may not depend on.

use super::{Complaint, sources::Sources};

/// Which of our crates each of our crates may know. Source: ARCHITECTURE.md, "The map".
const EDGES: [(&str, &[&str]); 8] = [
    ("fhir", &[]),
    ("exchange", &["fhir"]),
    ("dialects", &["fhir", "exchange"]),
    ("oauth", &[]),
    ("console", &["exchange"]),
    ("store", &["exchange"]),
    ("testkit", &["fhir", "exchange"]),
    ("server", &["fhir", "exchange", "dialects", "oauth", "console", "store"]),
];

/// Crates without I/O, and what would bring it in.
const PURE: [&str; 5] = ["fhir", "exchange", "dialects", "oauth", "console"];
const IMPURE: [&str; 9] = [
    "tokio",
    "hyper",
    "reqwest",
    "rusqlite",
    "tokio-postgres",
    "getrandom",
    "uuid",
    "rand",
    "tracing",
];

/// Reads the manifests.
pub fn check(sources: &Sources) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for manifest in sources
        .files
        .iter()
        .filter(|source| source.path.ends_with("Cargo.toml"))
    {
        let Some(name) = manifest.crate_name() else { continue };
        let Some((_, allowed)) = EDGES.iter().find(|(known, _)| *known == name) else {
            complaints.push(Complaint::new(
                &manifest.path,
                1,
                format!("the map has no crate {name}: draw it first"),
            ));
            continue;
        };
        let mut complain = |line, text: String| complaints.push(Complaint::new(&manifest.path, line, text));
        let mut is_dependency = false;
        for (line, number) in manifest.text.lines().zip(1..) {
            if line.starts_with('[') {
                is_dependency = line == "[dependencies]";
            }
            let dependency = line.split(['.', ' ', '=']).next().unwrap_or_default();
            if !is_dependency || dependency.is_empty() {
                continue;
            }
            match dependency.strip_prefix("baton-") {
                Some(other) if !allowed.contains(&other) => complain(number, format!("{name} may not know {other}")),
                None if PURE.contains(&name) && IMPURE.contains(&dependency) => {
                    complain(number, format!("{name} does no I/O and may not depend on {dependency}"));
                }
                _ => {}
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::super::sources::sources;

    fn check(path: &str, dependency: &str) -> Vec<String> {
        let text = format!("[package]\nname = \"x\"\n[dependencies]\n{dependency}.workspace = true\n");
        super::check(&sources(&[(path, &text)]))
            .into_iter()
            .map(|complaint| complaint.text)
            .collect()
    }

    #[test]
    fn an_edge_that_is_not_on_the_map_is_refused() {
        assert_eq!(
            check("crates/fhir/Cargo.toml", "baton-exchange"),
            ["fhir may not know exchange"]
        );
        assert_eq!(check("crates/exchange/Cargo.toml", "baton-fhir"), [""; 0]);
    }

    #[test]
    fn a_pure_crate_depends_on_nothing_that_does_io() {
        assert_eq!(
            check("crates/exchange/Cargo.toml", "tokio"),
            ["exchange does no I/O and may not depend on tokio"]
        );
        assert_eq!(check("crates/server/Cargo.toml", "tokio"), [""; 0]);
    }

    #[test]
    fn a_crate_that_is_not_on_the_map_is_refused() {
        assert_eq!(
            check("crates/core/Cargo.toml", "serde"),
            ["the map has no crate core: draw it first"]
        );
    }
}
