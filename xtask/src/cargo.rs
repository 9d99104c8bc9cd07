//! What cargo knows of the house and of the crates that it stands on.

use std::process::{Command, Stdio};

use serde_json::Value;

/// What cargo prints for a question. What it says on standard error, such as why it fails, is shown.
pub fn ask(arguments: &[&str]) -> Result<String, String> {
    let what = arguments.first().copied().unwrap_or_default();
    let output = Command::new("cargo")
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("could not start cargo: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo {what} ended with {}: see above", output.status));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("cargo {what}: {error}"))
}

/// All packages of the lock file: for every platform, with those of tests and chores.
pub fn packages() -> Result<Vec<Value>, String> {
    let text = ask(&["metadata", "--format-version", "1", "--locked"])?;
    let mut metadata: Value = serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
    match metadata["packages"].take() {
        Value::Array(packages) => Ok(packages),
        _ => Err("cargo metadata names no packages".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::ask;

    #[test]
    fn that_cargo_fails_is_said_as_such() {
        let failed = ask(&["metadata", "--manifest-path", "none.toml"]).expect_err("there is no such file");
        assert!(failed.contains("cargo metadata ended with") && failed.contains("see above"), "{failed}");
    }
}
