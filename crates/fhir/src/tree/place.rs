//! Where a node is: line and column in the source, FHIRPath in the document.

use super::{Kind, Node, Tree};

/// A place in a text, as editors count: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Position {
    /// The place of a byte offset in a text.
    #[must_use]
    pub fn of(text: &str, offset: usize) -> Position {
        // whole strings are searched and counted many bytes at a time, which matters for bodies of one long line
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = if line_start == 0 { 1 } else { before.bytes().filter(|byte| *byte == b'\n').count() + 1 };
        let column = before[line_start..].chars().count() + 1;
        Position { line, column }
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

impl Tree {
    /// The place in the source that a byte offset stands for.
    #[must_use]
    pub fn position_of(&self, offset: usize) -> Position {
        Position::of(&self.source, offset)
    }
}

impl Node<'_> {
    /// Line and column in the source; nothing for nodes that did not come from one.
    #[must_use]
    pub fn position(self) -> Option<Position> {
        self.offset().map(|offset| self.tree.position_of(offset))
    }

    /// The FHIRPath that leads here from the root, such as `Bundle.entry[1].resource.subject`.
    ///
    /// ```
    /// use baton_fhir::tree::Tree;
    /// let mut tree = Tree::resource("Bundle");
    /// let entries = tree.add_array(tree.root_id(), "entry");
    /// let entry = tree.add_object(entries, "");
    /// let url = tree.add_str(entry, "fullUrl", "urn:uuid:1");
    /// assert_eq!(tree.node(url).path(), "Bundle.entry[0].fullUrl");
    /// ```
    #[must_use]
    pub fn path(self) -> String {
        let mut path = String::new();
        self.write_path(&mut path);
        path
    }

    fn write_path(self, path: &mut String) {
        let Some(parent) = self.parent() else {
            // what is no name may be anything, also about a person
            let is_name =
                |name: &&str| !name.is_empty() && name.len() <= 64 && name.bytes().all(|it| it.is_ascii_alphabetic());
            path.push_str(self.resource_type().filter(is_name).unwrap_or("$this"));
            return;
        };
        parent.write_path(path);
        match (parent.kind(), self.name()) {
            (Kind::Array, _) => {
                let index = parent.children().take_while(|child| child.id() != self.id()).count();
                path.push_str(&format!("[{index}]"));
            }
            (_, Some(name)) => {
                path.push('.');
                path.push_str(name.strip_prefix('_').unwrap_or(name));
            }
            (_, None) => {}
        }
    }
}
