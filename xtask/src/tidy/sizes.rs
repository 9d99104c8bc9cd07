//! How long files and functions are. Aim for 150 lines and 25; over 600 and 80 it fails.

use super::{
    Complaint,
    sources::{Source, Sources},
};

const FILE_MAX: usize = 600;
const FUNCTION_MAX: usize = 80;
const FILE_NOTE: usize = 300;
const FUNCTION_NOTE: usize = 50;

/// Files and functions that may be longer, each with its reason.
const EXCEPTIONS: [(&str, &str); 0] = [];

/// What is too long.
pub fn check(sources: &Sources) -> Vec<Complaint> {
    longer(sources, FILE_MAX, FUNCTION_MAX)
}

/// What is worth a second look.
pub fn notes(sources: &Sources) -> Vec<Complaint> {
    longer(sources, FILE_NOTE, FUNCTION_NOTE)
}

fn longer(sources: &Sources, file_max: usize, function_max: usize) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in sources
        .rust()
        .filter(|source| !EXCEPTIONS.iter().any(|(path, _)| *path == source.path))
    {
        let lines = source.text.lines().count();
        if lines > file_max {
            let text = format!("{lines} lines, more than {file_max}: split it by meaning");
            complaints.push(Complaint::new(&source.path, 1, text));
        }
        for (line, name, lines) in functions(source)
            .into_iter()
            .filter(|(_, _, lines)| *lines > function_max)
        {
            let text = format!("{name} has {lines} lines, more than {function_max}: give its parts names");
            complaints.push(Complaint::new(&source.path, line, text));
        }
    }
    complaints
}

/// First line, name and length of each function. rustfmt makes it easy: the end has the indentation of the beginning.
fn functions(source: &Source) -> Vec<(usize, String, usize)> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut functions = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let is_function = code.starts_with("fn ")
            || code.starts_with("pub") && code.contains(" fn ")
            || code.starts_with("async fn ");
        if !is_function || code.ends_with(';') || code.ends_with('}') {
            continue;
        }
        let end = format!("{}}}", &line[..line.len() - code.len()]);
        let length = lines[at..]
            .iter()
            .position(|line| *line == end)
            .map_or(1, |length| length + 1);
        let after = code.split("fn ").nth(1).unwrap_or_default();
        let name = after.split(['(', '<']).next().unwrap_or_default();
        functions.push((at + 1, name.to_owned(), length));
    }
    functions
}

#[cfg(test)]
mod tests {
    use super::super::sources::sources;

    fn check(text: &str) -> Vec<String> {
        super::check(&sources(&[("crates/x/src/a.rs", text)]))
            .into_iter()
            .map(|complaint| complaint.text)
            .collect()
    }

    #[test]
    fn a_long_file_is_refused_at_one_line_over() {
        assert_eq!(check(&"//\n".repeat(600)), [""; 0]);
        assert_eq!(
            check(&"//\n".repeat(601)),
            ["601 lines, more than 600: split it by meaning"]
        );
    }

    #[test]
    fn a_long_function_is_refused_at_one_line_over() {
        let function = |lines: usize| format!("    pub fn long(\n{}    }}\n", "        x();\n".repeat(lines - 2));
        assert_eq!(check(&function(80)), [""; 0]);
        assert_eq!(
            check(&function(81)),
            ["long has 81 lines, more than 80: give its parts names"]
        );
    }
}
