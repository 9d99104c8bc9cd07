//! Sizes of files and functions. Aim for 150 and 25 lines; talk about it over 300 and 50.

use super::{complaint::Complaint, house::House, source::Source};

const FILE_LINES_MAX: usize = 600;
const FILE_LINES_NOTED: usize = 300;
const FUNCTION_LINES_MAX: usize = 80;
const FUNCTION_LINES_NOTED: usize = 50;

/// `file-size`, `function-size`: no Rust file over 600 lines and no function over 80, tests included.
pub fn check(house: &House) -> Vec<Complaint> {
    longer_than(house, FILE_LINES_MAX, FUNCTION_LINES_MAX)
}

/// Files over 300 lines and functions over 50 that are not too long yet.
pub fn notes(house: &House) -> Vec<Complaint> {
    let refused = check(house);
    let noted = longer_than(house, FILE_LINES_NOTED, FUNCTION_LINES_NOTED);
    let is_new = |note: &Complaint| {
        !refused
            .iter()
            .any(|complaint| (&complaint.path, complaint.line, complaint.rule) == (&note.path, note.line, note.rule))
    };
    noted.into_iter().filter(is_new).collect()
}

fn longer_than(house: &House, file_lines: usize, function_lines: usize) -> Vec<Complaint> {
    house.sources.iter().flat_map(|source| of_source(source, file_lines, function_lines)).collect()
}

fn of_source(source: &Source, file_lines: usize, function_lines: usize) -> Vec<Complaint> {
    let mut found = Vec::new();
    if source.lines() > file_lines {
        let says = format!(
            "the file has {} lines, over {file_lines}: one noun is one folder, one verb is one file",
            source.lines()
        );
        found.push(Complaint::new("file-size", &source.path, 1, says));
    }
    for function in source.functions().into_iter().filter(|function| function.lines > function_lines) {
        let says = format!("{} has {} lines, over {function_lines}: name its steps", function.name, function.lines);
        found.push(Complaint::at("function-size", source, function.offset, says).about(&function.name));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{
        super::{complaints, house::House},
        notes,
    };

    fn file(lines: usize) -> String {
        "//\n".repeat(lines)
    }

    fn function(lines: usize) -> String {
        format!("\nfn f() {{\n{}}}\n", "    g();\n".repeat(lines - 2))
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(complaints(super::check, &[("a.rs", text)]), expected);
    }

    #[test]
    fn a_file_of_601_lines_is_too_long() {
        check(
            &file(601),
            &["a.rs:1: the file has 601 lines, over 600: one noun is one folder, one verb is one file [file-size]"],
        );
        check(&file(600), &[]);
    }

    #[test]
    fn a_function_of_81_lines_is_too_long() {
        check(&function(81), &["a.rs:2: f has 81 lines, over 80: name its steps [function-size]"]);
        check(&function(80), &[]);
    }

    #[test]
    fn tests_count_too() {
        let text = format!("#[cfg(test)]\nmod tests {{{}}}", function(81));
        assert_eq!(complaints(super::check, &[("a.rs", &text)]).len(), 1);
    }

    #[test]
    fn notes_begin_at_301_and_51_and_end_where_complaints_begin() {
        let count = |text: String| notes(&House::of([("a.rs", text.as_str())])).len();
        assert_eq!([file(300), file(301), file(600), file(601)].map(count), [0, 1, 1, 0]);
        assert_eq!([function(50), function(51), function(80), function(81)].map(count), [0, 1, 1, 0]);
    }
}
