//! A Rust file, taken apart, with its functions and with what of it is test code.

use std::ops::Range;

use super::lex::{Piece, closing, lex, words};

/// A Rust file.
pub struct Source {
    /// Its path from the root of the workspace, with slashes.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Its text without comments and without what stands between quotes, as long as the text.
    pub code: String,
    /// Its string literals.
    pub literals: Vec<Piece>,
    /// Its comments.
    pub comments: Vec<Piece>,
    tests: Vec<Range<usize>>,
    test_modules: Vec<String>,
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Offset of `fn`.
    pub offset: usize,
    /// From `fn` to the closing brace.
    pub lines: usize,
}

impl Source {
    /// Takes a file apart.
    pub fn new(path: &str, text: &str) -> Source {
        let lexed = lex(text);
        let mut source = Source {
            path: path.to_owned(),
            text: text.to_owned(),
            code: lexed.code,
            literals: lexed.literals,
            comments: lexed.comments,
            tests: Vec::new(),
            test_modules: Vec::new(),
        };
        source.find_tests();
        source
    }

    /// The folder in `crates` that it stands in; `xtask` for the chores.
    pub fn krate(&self) -> &str {
        let path = self.path.strip_prefix("crates/").unwrap_or(&self.path);
        path.split('/').next().unwrap_or_default()
    }

    /// Its name without folder and ending; for `mod.rs` that of its folder.
    pub fn stem(&self) -> &str {
        let path = self.path.trim_end_matches(".rs").trim_end_matches("/mod");
        path.rsplit('/').next().unwrap_or(path)
    }

    /// The line of an offset, counted from 1.
    pub fn line(&self, offset: usize) -> usize {
        1 + self.text.as_bytes()[..offset.min(self.text.len())].iter().filter(|byte| **byte == b'\n').count()
    }

    /// How many lines it has.
    pub fn lines(&self) -> usize {
        self.text.lines().count()
    }

    /// Whether the code at an offset is only for tests.
    pub fn is_test(&self, offset: usize) -> bool {
        self.is_test_file() || self.tests.iter().any(|range| range.contains(&offset))
    }

    /// Whether the whole file is only for tests, measurements or examples.
    pub fn is_test_file(&self) -> bool {
        let mut parts = self.path.split('/');
        self.krate() == "testkit" || parts.any(|part| matches!(part, "tests" | "tests.rs" | "benches" | "examples"))
    }

    /// Says that the whole file belongs to a module for tests.
    pub fn mark_as_test(&mut self) {
        self.tests.push(0..self.text.len() + 1);
    }

    /// Paths, without ending, of modules that it declares for tests only.
    pub fn test_modules(&self) -> &[String] {
        &self.test_modules
    }

    /// Names and keywords outside of tests, with their offsets.
    pub fn product_words(&self) -> Vec<(usize, &str)> {
        words(&self.code).into_iter().filter(|(offset, _)| !self.is_test(*offset)).collect()
    }

    /// Its functions, those within functions and traits too, where they have a body.
    pub fn functions(&self) -> Vec<Function> {
        let mut functions = Vec::new();
        let words = words(&self.code);
        for pair in words.windows(2) {
            let [(offset, "fn"), (name_at, name)] = pair else {
                continue;
            };
            let between = &self.code[offset + 2..*name_at];
            let Some(open) = body(&self.code, name_at + name.len()).filter(|_| between.trim().is_empty()) else {
                continue;
            };
            let lines = self.line(closing(&self.code, open)) - self.line(*offset) + 1;
            functions.push(Function { name: (*name).to_owned(), offset: *offset, lines });
        }
        functions
    }

    fn find_tests(&mut self) {
        if self.code.contains("#![cfg(test)]") {
            self.mark_as_test();
        }
        for attribute in ["#[cfg(test)]", "#[cfg(all(test", "#[cfg(any(test"] {
            for (start, _) in self.code.match_indices(attribute) {
                let end = match body(&self.code, start) {
                    Some(open) => closing(&self.code, open),
                    None => self.code[start..].find(';').map_or(self.code.len(), |len| start + len),
                };
                let item = &self.code[start..end];
                if let Some([_, (_, name)]) = words(item).windows(2).find(|pair| pair[0].1 == "mod") {
                    self.test_modules.push(format!("{}/{name}", self.module_folder()));
                }
                self.tests.push(start..end + 1);
            }
        }
    }

    fn module_folder(&self) -> &str {
        let path = self.path.trim_end_matches(".rs");
        ["/mod", "/lib", "/main"].iter().find_map(|name| path.strip_suffix(name)).unwrap_or(path)
    }
}

/// Where the body of an item opens; none when it ends with a semicolon.
fn body(code: &str, from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b'{' if depth == 0 => return Some(at),
            b';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn functions(text: &str) -> Vec<(String, usize)> {
        Source::new("a.rs", text).functions().into_iter().map(|f| (f.name, f.lines)).collect()
    }

    #[test]
    fn a_function_counts_from_fn_to_its_last_brace() {
        assert_eq!(functions("fn a(x: [u8; 3]) -> bool {\n  b()\n}\n"), [("a".to_owned(), 3)]);
    }

    #[test]
    fn a_function_without_a_body_and_a_function_type_do_not_count() {
        assert_eq!(functions("trait T { fn a(); }\ntype F = fn(u8) -> u8;\nstruct S {}"), []);
    }

    #[test]
    fn braces_in_strings_do_not_count() {
        assert_eq!(functions("fn a() {\n \"}\"\n}\nfn b() {}"), [("a".to_owned(), 3), ("b".to_owned(), 1)]);
    }

    #[test]
    fn what_stands_under_cfg_test_is_test_code() {
        let source =
            Source::new("crates/fhir/src/a.rs", "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() {}\n}\nfn c() {}");
        let tests: Vec<bool> = source.functions().iter().map(|f| source.is_test(f.offset)).collect();
        assert_eq!(tests, [false, true, false]);
    }

    #[test]
    fn a_module_that_is_declared_for_tests_is_found_beside_the_file() {
        let of = |path| Source::new(path, "#[cfg(test)]\nmod samples;").test_modules().to_vec();
        assert_eq!(of("crates/fhir/src/lib.rs"), ["crates/fhir/src/samples"]);
        assert_eq!(of("crates/fhir/src/json/mod.rs"), ["crates/fhir/src/json/samples"]);
        assert_eq!(of("crates/fhir/src/json.rs"), ["crates/fhir/src/json/samples"]);
    }

    #[test]
    fn a_file_in_tests_is_test_code() {
        assert!(Source::new("crates/store/tests/contract/main.rs", "").is_test_file());
        assert!(Source::new("crates/fhir/src/json/tests.rs", "").is_test_file());
        assert!(!Source::new("crates/fhir/src/json/read.rs", "").is_test_file());
    }
}
