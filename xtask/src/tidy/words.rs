//! Words of the house: names that mean nothing, things left behind, module headers.

use super::{
    Complaint,
    sources::{Source, Sources},
};

const HOMELESS: [&str; 6] = ["common", "core", "utils", "util", "types", "models"];
/// Words that have another word in the house. Source: CONTRIBUTING.md, "Words".
const OTHER_WORDS: [(&str, &str); 3] = [("Payload", "message"), ("Dto", "envelope"), ("Plugin", "dialect")];
const LEFT_BEHIND: [&str; 5] = ["todo!(", "unimplemented!(", "dbg!(", "#[allow(", "#[ignore"];

/// Reads names and texts.
pub fn check(sources: &Sources) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in &sources.files {
        check_place(source, &mut complaints);
        // this file and its neighbours have to spell out what they forbid
        if source.path.ends_with(".rs") && !source.path.starts_with("xtask/src/tidy/") {
            check_header(source, &mut complaints);
            check_lines(source, &mut complaints);
        }
    }
    complaints
}

fn check_place(source: &Source, complaints: &mut Vec<Complaint>) {
    for part in source.path.split('/') {
        let name = part.strip_suffix(".rs").unwrap_or(part);
        if HOMELESS.contains(&name) {
            let text = format!("nothing is called {name}: a thing without a home has not been understood yet");
            complaints.push(Complaint::new(&source.path, 1, text));
        }
    }
}

fn check_header(source: &Source, complaints: &mut Vec<Complaint>) {
    let is_module = !source.is_test() && !source.path.contains("/tests/");
    if is_module && !source.text.starts_with("//! ") {
        complaints.push(Complaint::new(
            &source.path,
            1,
            "the first line says in one sentence what the module is for: //! …",
        ));
    }
}

fn check_lines(source: &Source, complaints: &mut Vec<Complaint>) {
    for (line, number) in source.text.lines().zip(1..) {
        let mut complain = |text: String| complaints.push(Complaint::new(&source.path, number, text));
        if let Some(word) = LEFT_BEHIND.iter().find(|word| line.contains(*word)) {
            complain(format!("{word} was left behind"));
        }
        if line.contains("TODO") && !line.contains("TODO(#") {
            complain("a TODO names its issue: TODO(#123)".to_owned());
        }
        let declares = ["struct ", "enum ", "trait ", "fn ", "mod "]
            .iter()
            .any(|kind| line.contains(kind));
        for (word, ours) in OTHER_WORDS.iter().filter(|(word, _)| declares && line.contains(word)) {
            complain(format!("we say {ours}, not {word}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sources::sources;

    fn check(path: &str, text: &str) -> Vec<String> {
        super::check(&sources(&[(path, text)]))
            .into_iter()
            .map(|complaint| complaint.text)
            .collect()
    }

    #[test]
    fn a_name_without_meaning_is_refused() {
        assert_eq!(check("crates/x/src/utils.rs", "//! Things.").len(), 1);
    }

    #[test]
    fn a_module_says_what_it_is_for() {
        assert_eq!(check("crates/x/src/a.rs", "use b;").len(), 1);
        assert_eq!(check("crates/x/src/a.rs", "//! Things."), [""; 0]);
        assert_eq!(check("crates/x/src/a/tests.rs", "use b;"), [""; 0]);
    }

    #[test]
    fn what_was_left_behind_is_found() {
        assert_eq!(
            check("crates/x/src/a.rs", "//! A.\n// TODO: later"),
            ["a TODO names its issue: TODO(#123)"]
        );
        assert_eq!(
            check("crates/x/src/a.rs", "//! A.\n    todo!()"),
            ["todo!( was left behind"]
        );
        assert_eq!(
            check("crates/x/src/a.rs", "//! A.\nstruct RequestPayload;"),
            ["we say message, not Payload"]
        );
    }
}
