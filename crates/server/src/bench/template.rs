//! A text with gaps, to be filled for each request anew.

/// A text that was cut where gaps are.
#[derive(Clone, Debug)]
pub struct Template {
    /// Text, and which value follows it.
    parts: Vec<(String, usize)>,
    end: String,
}

impl Template {
    /// Cuts a text at these words. A value that stands for a word later has the word's place in the list.
    pub fn cut(text: &str, words: &[&str]) -> Template {
        let (mut parts, mut rest) = (Vec::new(), text);
        let first = |text: &str| {
            let found = words.iter().enumerate().filter_map(|(which, word)| Some((text.find(word)?, which)));
            found.min()
        };
        while let Some((at, which)) = first(rest) {
            parts.push((rest[..at].to_owned(), which));
            rest = &rest[at + words[which].len()..];
        }
        Template { parts, end: rest.to_owned() }
    }

    /// The text with values in its gaps. A gap without a value stays empty.
    pub fn fill(&self, values: &[&str]) -> String {
        let value = |which: usize| values.get(which).copied().unwrap_or_default();
        let bytes = self.parts.iter().map(|(text, which)| text.len() + value(*which).len()).sum::<usize>();
        let mut filled = String::with_capacity(bytes + self.end.len());
        for (text, which) in &self.parts {
            filled.push_str(text);
            filled.push_str(value(*which));
        }
        filled.push_str(&self.end);
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::Template;

    #[test]
    fn each_gap_gets_its_own_value() {
        let template = Template::cut("<A|B>A.", &["A", "B", "C"]);
        assert_eq!(template.fill(&["1", "22"]), "<1|22>1.");
    }

    #[test]
    fn a_text_without_gaps_stays_as_it_is() {
        assert_eq!(Template::cut("text", &["A"]).fill(&["1"]), "text");
    }
}
