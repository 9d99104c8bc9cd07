//! `cargo xtask licences`: whether each dependency has a licence that `deny.toml` allows, without any other tool.

use std::fs;

use crate::cargo;

/// Asks cargo for all packages of the lock file and holds their licences against the list.
pub fn run(_: &[String]) -> Result<(), String> {
    let allowed =
        allowed(&fs::read_to_string("deny.toml").map_err(|error| format!("could not read deny.toml: {error}"))?);
    let packages = cargo::packages()?;
    let mut refused = Vec::new();
    for package in &packages {
        let licence = package["license"].as_str().unwrap_or("none");
        if !is_allowed(licence, &allowed) {
            refused.push(format!("{} {}: {licence}", package["name"], package["version"]));
        }
    }
    if refused.is_empty() {
        println!("licences: {} packages have one that is allowed", packages.len());
        Ok(())
    } else {
        Err(format!("licences that deny.toml does not allow:\n{}", refused.join("\n")))
    }
}

/// The texts in the list `allow` of the section `[licenses]`.
fn allowed(deny: &str) -> Vec<String> {
    let section = deny.split("[licenses]").nth(1).unwrap_or_default();
    let list = section.split("allow = [").nth(1).and_then(|rest| rest.split(']').next()).unwrap_or_default();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// An expression of SPDX: one of the alternatives is enough, and of each all parts are needed. Older ones write "/".
fn is_allowed(licence: &str, allowed: &[String]) -> bool {
    let plain = licence.replace(['(', ')'], "").replace('/', " OR ");
    let is_one = |part: &str| allowed.iter().any(|known| known == part.trim());
    plain.split(" OR ").any(|alternative| alternative.split(" AND ").all(is_one))
}

#[cfg(test)]
mod tests {
    use super::{allowed, is_allowed};

    /// What is built is what the lock file names: from one registry, with a checksum each, and from nowhere else.
    #[test]
    fn every_foreign_crate_is_locked_with_its_checksum() {
        let lock = include_str!("../../Cargo.lock");
        let packages = lock.split("[[package]]").skip(1);
        let foreign: Vec<&str> = packages.filter(|package| package.contains("source = ")).collect();
        assert!(foreign.len() > 100, "{}", foreign.len());
        for package in foreign {
            assert!(
                package.contains("source = \"registry+https://github.com/rust-lang/crates.io-index\""),
                "{package}"
            );
            assert!(package.contains("checksum = \""), "{package}");
        }
    }

    #[test]
    fn other_registries_and_repositories_are_refused() {
        let deny = include_str!("../../deny.toml");
        for rule in ["unknown-registry = \"deny\"", "unknown-git = \"deny\"", "wildcards = \"deny\""] {
            assert!(deny.contains(rule), "{rule}");
        }
    }

    fn check(licence: &str) -> bool {
        is_allowed(licence, &allowed("[licenses]\nallow = [\n \"MIT\",\n \"Zlib\",\n]\n[bans]\ndeny = [\"GPL\"]"))
    }

    #[test]
    fn one_alternative_is_enough_and_all_its_parts_are_needed() {
        assert!(check("MIT") && check("GPL-3.0 OR MIT") && check("MIT/Apache-2.0") && check("MIT AND Zlib"));
        assert!(!check("GPL-3.0") && !check("MIT AND GPL-3.0") && !check("none"));
    }
}
