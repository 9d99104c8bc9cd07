//! Words that do not stand here: names without meaning, synonyms of our words, unfinished work, paths of one machine.

use super::{complaint::Complaint, house::House, lex, source::Source};

/// Names of folders and modules that say nothing.
const EMPTY_NAMES: &[&str] = &["common", "core", "utils", "util", "types", "models", "misc", "helpers"];

/// Words that another word is said for. Source: the words of ARCHITECTURE.md and CONTRIBUTING.md.
const SYNONYMS: &[(&str, &str)] =
    &[("payload", "message or body"), ("dto", "the thing's own name"), ("plugin", "dialect"), ("principal", "caller")];

/// Folders that only one machine has.
const MACHINE_FOLDERS: &[&str] = &["home", "root", "work", "Users", "tmp"];

/// `names`: no folder or module says common, core, utils, types or models. `synonyms`: no name in code or SQL has a word
/// for which we say another. `unfinished`: `TODO` has an issue, as in `TODO(#12)`, and there is no `todo!`, `dbg!` and the
/// like. `allow`: a lint is silenced by `expect` with its reason. `machine-path`: no path of one machine.
pub fn check(house: &House) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in &house.sources {
        check_path(source, &mut complaints);
        check_names(source, &mut complaints);
        check_unfinished(source, &mut complaints);
        let pieces = source.comments.iter().chain(&source.literals);
        let paths = pieces.flat_map(|piece| machine_paths(&piece.text).into_iter().map(|at| piece.offset + at));
        complaints.extend(paths.map(|offset| machine_path(&source.path, source.line(offset))));
    }
    for text in &house.texts {
        let lines = || text.text.lines().enumerate();
        complaints.extend(
            lines()
                .filter(|(_, line)| !machine_paths(line).is_empty())
                .map(|(line, _)| machine_path(&text.path, line + 1)),
        );
        if text.path.ends_with(".sql") {
            let named =
                lines().flat_map(|(line, sql)| lex::words(sql).into_iter().map(move |(_, word)| (line + 1, word)));
            complaints
                .extend(named.filter_map(|(line, word)| Some(synonym(&text.path, line, word, better_word(word)?))));
        }
    }
    complaints
}

fn check_path(source: &Source, complaints: &mut Vec<Complaint>) {
    let parts = || source.path.split('/').map(|part| part.trim_end_matches(".rs"));
    if let Some(empty) = parts().find(|part| EMPTY_NAMES.contains(part)) {
        let says = format!("nothing is called {empty}: a thing without a home has not been understood yet");
        complaints.push(Complaint::new("names", &source.path, 1, says));
    }
}

fn check_names(source: &Source, complaints: &mut Vec<Complaint>) {
    let words = lex::words(&source.code);
    for (index, (offset, word)) in words.iter().enumerate() {
        if let Some(better) = better_word(word) {
            complaints.push(synonym(&source.path, source.line(*offset), word, better));
        }
        let inline = index.checked_sub(1).is_some_and(|before| words[before].1 == "mod");
        if inline && EMPTY_NAMES.contains(word) {
            let says = format!("nothing is called {word}: a thing without a home has not been understood yet");
            complaints.push(Complaint::at("names", source, *offset, says));
        }
    }
}

fn check_unfinished(source: &Source, complaints: &mut Vec<Complaint>) {
    for comment in &source.comments {
        for (at, mark) in ["TODO", "FIXME", "XXX"].iter().flat_map(|mark| comment.text.match_indices(mark)) {
            if !has_issue(&comment.text[at + mark.len()..]) {
                let says =
                    format!("{mark} without an issue: do it now, or write TODO(#12) with the number of its issue");
                complaints.push(Complaint::at("unfinished", source, comment.offset + at, says));
            }
        }
    }
    for macro_name in ["todo!", "unimplemented!", "dbg!"] {
        for (offset, _) in
            source.code.match_indices(macro_name).filter(|(offset, _)| starts_word(&source.code, *offset))
        {
            complaints.push(Complaint::at(
                "unfinished",
                source,
                offset,
                format!("{macro_name} does not stand in committed code"),
            ));
        }
    }
    for attribute in ["#[allow(", "#![allow("] {
        for (offset, _) in source.code.match_indices(attribute) {
            let says =
                "a lint is silenced with #[expect(lint, reason = \"…\")], or for all in the workspace's Cargo.toml";
            complaints.push(Complaint::at("allow", source, offset, says));
        }
    }
}

fn has_issue(after: &str) -> bool {
    let number = after.strip_prefix("(#").and_then(|rest| rest.split_once(')')).map(|(number, _)| number);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn starts_word(code: &str, offset: usize) -> bool {
    !code[..offset].ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// What to say instead of a name that has a synonym among its words.
fn better_word(name: &str) -> Option<&'static str> {
    let parts = words_of(name);
    SYNONYMS.iter().find(|(word, _)| parts.iter().any(|part| part == word)).map(|(_, better)| *better)
}

/// The words of a name such as `message_id` or `MessageId`, in lower case.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_small = false;
    for c in name.chars() {
        if c == '_' || (c.is_uppercase() && after_small) {
            words.push(String::new());
        }
        after_small = c.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| c != '_') {
            word.extend(c.to_lowercase());
        }
    }
    words
}

fn synonym(path: &str, line: usize, word: &str, better: &str) -> Complaint {
    Complaint::new("synonyms", path, line, format!("{word} is not our word: say {better}")).about(word)
}

/// Where absolute paths of one machine begin in a text.
fn machine_paths(text: &str) -> Vec<usize> {
    let slashes = text.match_indices('/').map(|(at, _)| at);
    let begins = |at: &usize| !text[..*at].ends_with(|c: char| c.is_alphanumeric() || ".-_~/}:*)".contains(c));
    let leads = |at: &usize| {
        MACHINE_FOLDERS
            .iter()
            .any(|folder| text[at + 1..].strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
    };
    slashes.filter(begins).filter(leads).collect()
}

fn machine_path(path: &str, line: usize) -> Complaint {
    Complaint::new("machine-path", path, line, "this path is of one machine: say it from the root of the repository")
}

#[cfg(test)]
mod tests {
    use super::{super::complaints, machine_paths, words_of};

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let found = complaints(super::check, &[(path, text)]);
        let rules: Vec<&str> = found.iter().filter_map(|line| line.rsplit(' ').next()).collect();
        assert_eq!(rules, expected, "{found:?}");
    }

    #[test]
    fn names_that_say_nothing_are_refused() {
        check("crates/fhir/src/utils.rs", "", &["[names]"]);
        check("crates/fhir/src/types/mod.rs", "", &["[names]"]);
        check("crates/core/src/lib.rs", "", &["[names]"]);
        check("crates/fhir/src/a.rs", "mod common { }", &["[names]"]);
        check("crates/fhir/src/a.rs", "use std::core::cmp; // utils", &[]);
    }

    #[test]
    fn synonyms_of_our_words_are_refused() {
        check("a.rs", "let message_payload = 1;", &["[synonyms]"]);
        check("a.rs", "struct MessageDto;", &["[synonyms]"]);
        check("a.rs", "mod PLUGIN {}", &["[synonyms]"]);
        check("a.sql", "create table receipt (payload blob)", &["[synonyms]"]);
    }

    #[test]
    fn synonyms_in_words_for_people_are_fine() {
        check("a.rs", "// The payload table.\nlet principally = \"payload\";", &[]);
    }

    #[test]
    fn unfinished_work_has_an_issue() {
        check("a.rs", "// TODO later", &["[unfinished]"]);
        check("a.rs", "// TODO(#x): later", &["[unfinished]"]);
        check("a.rs", "/* FIXME */", &["[unfinished]"]);
        check("a.rs", "// TODO(#12): later", &[]);
        check("a.rs", "let x = \"TODO\";", &[]);
    }

    #[test]
    fn unfinished_macros_are_refused() {
        check("a.rs", "fn f() { todo!() }", &["[unfinished]"]);
        check("a.rs", "fn f() { unimplemented!() }", &["[unfinished]"]);
        check("a.rs", "fn f() { dbg!(x) }", &["[unfinished]"]);
        check("a.rs", "fn f() { my_todo!() }", &[]);
    }

    #[test]
    fn lints_are_expected_and_not_allowed() {
        check("a.rs", "#[allow(dead_code)]\nfn f() {}", &["[allow]"]);
        check("a.rs", "#![allow(dead_code)]", &["[allow]"]);
        check("a.rs", "#[expect(dead_code, reason = \"r\")]\nfn f() {}", &[]);
    }

    /// A path of one machine, made so that this file has none.
    fn machine_path(folder: &str) -> String {
        format!("/{folder}/baton")
    }

    #[test]
    fn paths_of_one_machine_are_refused() {
        let path = machine_path("home");
        check("a.rs", &format!("// see {path}"), &["[machine-path]"]);
        check("a.rs", &format!("let x = \"{path}\";"), &["[machine-path]"]);
        check("a.md", &format!("see `{path}`"), &["[machine-path]"]);
    }

    #[test]
    fn a_path_from_elsewhere_is_no_path_of_a_machine() {
        for fine in
            ["server/home/deliver", "https://a.example/home/x", "../home/x", "{path}/root/x", "/homes/x", "/home"]
        {
            assert_eq!(machine_paths(fine), [0; 0], "{fine}");
        }
    }

    #[test]
    fn names_fall_into_words() {
        assert_eq!(words_of("message_id"), ["message", "id"]);
        assert_eq!(words_of("MessageId"), ["message", "id"]);
        assert_eq!(words_of("FHIR_VERSION"), ["fhir", "version"]);
    }
}
