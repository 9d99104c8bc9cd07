//! Tests that say which threat they hold off, by a line of their documentation: `/// Threat: T67, T68`.

use crate::tidy::{House, Source};

const TAG: &str = "Threat: ";

/// Pages that name tests as `path::name`, between backticks.
const PAGES: [&str; 1] = ["docs/limits.md"];

/// One threat that one test names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) id: String,
    pub(super) path: String,
    pub(super) line: usize,
    /// The test, as `path::name`; nothing where the line stands at something else.
    pub(super) test: Option<String>,
}

/// All of them.
pub(super) fn all(house: &House) -> Vec<Tag> {
    let of = |source: &Source| -> Vec<Tag> {
        let lines = source.comments.iter().filter_map(|comment| Some((comment.offset, ids(&comment.text)?)));
        lines
            .flat_map(|(offset, ids)| {
                let test = test_below(source, offset);
                let tag = move |id: &str| Tag {
                    id: id.trim().to_owned(),
                    path: source.path.clone(),
                    line: source.line(offset),
                    test: test.clone(),
                };
                ids.split(',').map(tag).collect::<Vec<_>>()
            })
            .collect()
    };
    house.sources.iter().filter(|source| !source.path.starts_with("xtask/")).flat_map(of).collect()
}

/// The ids that a comment names.
fn ids(comment: &str) -> Option<&str> {
    comment.trim_start_matches(['/', ' ']).strip_prefix(TAG).map(str::trim)
}

/// The test that stands right below a place: nothing but attributes and documentation is in between.
fn test_below(source: &Source, offset: usize) -> Option<String> {
    let below = source.functions().into_iter().filter(|function| function.offset > offset);
    let function = below.min_by_key(|function| function.offset)?;
    let between = &source.code[offset..function.offset];
    let is_test = between.contains("#[test]") || between.contains("#[tokio::test");
    let is_near = !between.contains(['{', '}', ';']);
    (is_test && is_near).then(|| format!("{}::{}", source.path, function.name))
}

/// Whether there is a test of this name: a function in code for tests, as `path::name`.
pub(super) fn is_test(house: &House, named: &str) -> bool {
    let Some((path, name)) = named.split_once("::") else { return false };
    let source = house.sources.iter().find(|source| source.path == path);
    source.is_some_and(|source| source.functions().iter().any(|it| it.name == name && source.is_test(it.offset)))
}

/// Tests that pages name, with the page.
pub(super) fn named_in_pages(house: &House) -> Vec<(&'static str, String)> {
    let named = |page: &'static str| {
        let text = house.text(page).map_or("", |page| page.text.as_str());
        let spans = text.split('`').skip(1).step_by(2).filter(|span| span.contains(".rs::"));
        spans.map(|span| (page, span.to_owned())).collect::<Vec<_>>()
    };
    PAGES.into_iter().flat_map(named).collect()
}
