//! What files say of themselves: a first sentence, the guide's source, and the commands in README that are true.

use super::{complaint::Complaint, house::House, source::Source};

const DIALECTS: &str = "crates/dialects/src/";

/// The command that README names for all tests, and that `.ci/run` runs.
pub const TEST_COMMAND: &str = "cargo test --workspace";

/// `module-doc`: a module begins with a `//!` sentence; `tests.rs` says by its place what it is. `guide-source`: a file in
/// the folder of a guide names its `Source:` next. `test-command`: README and `.ci/run` have the same command for all tests.
pub fn check(house: &House) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in house.sources.iter().filter(|source| source.stem() != "tests") {
        if !begins_with_sentence(&source.text) {
            complaints.push(Complaint::new(
                "module-doc",
                &source.path,
                1,
                "the first line is a sentence on what the module is for: //! …",
            ));
        }
        if is_guide_code(source) && !first_paragraph(&source.text).iter().any(|line| line.starts_with("Source: ")) {
            let says = "guide code names its source under the first sentence: //! Source: page, section, version";
            complaints.push(Complaint::new("guide-source", &source.path, 2, says));
        }
    }
    for path in ["README.md", ".ci/run"] {
        let says = match house.text(path) {
            None => format!("it is missing, and has to hold the command for all tests: {TEST_COMMAND}"),
            Some(text) if !has_command(&text.text) => {
                format!("the command for all tests is the same in README.md and .ci/run: {TEST_COMMAND}")
            }
            Some(_) => continue,
        };
        complaints.push(Complaint::new("test-command", path, 1, says));
    }
    complaints
}

/// The lines of the first paragraph of a module's documentation.
fn first_paragraph(text: &str) -> Vec<&str> {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(str::trim).take_while(|line| !line.is_empty()).collect()
}

fn begins_with_sentence(text: &str) -> bool {
    let paragraph = first_paragraph(text);
    let sentence = paragraph.split(|line| line.starts_with("Source: ")).next().unwrap_or_default();
    let begins =
        sentence.first().is_some_and(|line| line.starts_with(|c: char| c.is_uppercase() || c == '`' || c == '['));
    begins && sentence.last().is_some_and(|line| line.ends_with(['.', '!', '?', ':']))
}

fn is_guide_code(source: &Source) -> bool {
    let in_guide = source.path.strip_prefix(DIALECTS).is_some_and(|rest| rest.contains('/'));
    in_guide && !source.is_test(0)
}

fn has_command(text: &str) -> bool {
    let command = |line: &str| line.split('#').next().unwrap_or_default().trim() == TEST_COMMAND;
    text.lines().any(|line| command(line) || line.trim_end().ends_with(&format!(" {TEST_COMMAND}")))
}

#[cfg(test)]
mod tests {
    use super::super::complaints;

    const README: (&str, &str) = ("README.md", "```console\ncargo test --workspace          # all tests\n```");
    const CI: (&str, &str) = (".ci/run", "step tests cargo test --workspace\n");

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let found = complaints(super::check, files);
        let places: Vec<String> = found
            .iter()
            .map(|line| format!("{} {}", line.split(':').next().unwrap(), line.rsplit(' ').next().unwrap()))
            .collect();
        assert_eq!(places, expected, "{found:?}");
    }

    #[test]
    fn a_module_begins_with_a_sentence() {
        for wrong in ["use std::fmt;", "// Not documentation.", "//! no capital.", "//! No end", "//!\n//! Late."] {
            check(&[README, CI, ("a.rs", wrong)], &["a.rs [module-doc]"]);
        }
        check(
            &[README, CI, ("a.rs", "//! Reads a thing: that one,\n//! and this.\n\nuse std::fmt;"), ("x/tests.rs", "")],
            &[],
        );
    }

    #[test]
    fn guide_code_names_its_source() {
        let path = "crates/dialects/src/nrl/read.rs";
        check(
            &[README, CI, (path, "//! Reads.\n//!\n//! Source: too late.")],
            &["crates/dialects/src/nrl/read.rs [guide-source]"],
        );
        check(&[README, CI, (path, "//! Reads.\n//! Source: Guide, \"Page\"")], &[]);
        check(&[README, CI, ("crates/dialects/src/lib.rs", "//! Reads.")], &[]);
    }

    #[test]
    fn readme_and_ci_run_the_same_tests() {
        check(&[README], &[".ci/run [test-command]"]);
        check(&[README, (".ci/run", "cargo test --workspace --release\n")], &[".ci/run [test-command]"]);
        check(&[("README.md", "`cargo test`"), CI], &["README.md [test-command]"]);
        check(&[README, CI], &[]);
    }
}
