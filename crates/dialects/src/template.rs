//! Resources that a server says of itself, as JSON with gaps.

use baton_fhir::{
    json,
    reading::{ReadLimits, Reading},
    tree::Tree,
};

/// Fills the gaps of a template. Text goes into strings of JSON, so it is escaped; JSON goes in as it is.
pub(crate) struct Template(pub(crate) String);

impl Template {
    /// Fills a gap within a JSON string.
    pub(crate) fn text(self, gap: &str, value: &str) -> Template {
        let mut quoted = Vec::new();
        let mut tree = Tree::resource("Basic");
        let node = tree.add_str(tree.root_id(), "value", value);
        json::write(tree.node(node), &mut quoted);
        let quoted = String::from_utf8_lossy(&quoted);
        self.json(gap, quoted.trim_matches('"'))
    }

    /// Fills a gap with JSON.
    pub(crate) fn json(self, gap: &str, value: &str) -> Template {
        Template(self.0.replace(&format!("{{{gap}}}"), value))
    }

    /// The resource, when all gaps are filled.
    pub(crate) fn tree(self) -> Tree {
        let read = json::read(self.0.as_bytes(), Reading::Strict, &ReadLimits::default());
        read.expect("templates are parts of the program, and what fills them is escaped").tree
    }
}

/// A template to be filled.
pub(crate) fn template(text: &str) -> Template {
    Template(text.to_owned())
}
