//! Value sets of the profile: which codes a pointer may have, and what goes with each.
//! Source: NRL "Pointer FHIR Resource", "Supported Pointer Types"; values.json beside this file.

use std::sync::LazyLock;

use serde::Deserialize;

/// All value sets of one locator.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Values {
    #[serde(rename = "_about", default)]
    _about: String,
    /// NRL-RecordType-1.
    pub record_type: ValueSet,
    /// NRL-RecordClass-1.
    pub record_class: ValueSet,
    /// NRL-FormatCode-1.
    pub format: ValueSet,
    /// NRL-ContentStability-1.
    pub content_stability: ValueSet,
    /// NRL-PracticeSetting-1.
    pub practice_setting: ValueSet,
}

/// The codes that an element may have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueSet {
    /// The code system of all members.
    pub system: String,
    members: Vec<Member>,
}

/// One code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The code.
    pub code: String,
    /// Its display, to the letter.
    pub display: String,
    /// Of a record type: the class that goes with it.
    pub class: Option<String>,
    /// Of a record type: the formats that its records may have; none named means any.
    #[serde(default)]
    pub formats: Vec<String>,
}

impl Values {
    /// The value sets that the guide prints.
    #[must_use]
    pub fn of_guide() -> Values {
        static VALUES: LazyLock<Values> = LazyLock::new(|| {
            Values::parse(include_str!("values.json"))
                .expect("the value sets are part of the program, and a test reads them")
        });
        VALUES.clone()
    }

    /// Value sets from a file of the same form.
    ///
    /// # Errors
    /// Says what is wrong with the file, with line and column.
    pub fn parse(text: &str) -> Result<Values, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

impl ValueSet {
    /// The member with a code.
    #[must_use]
    pub fn member(&self, code: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.code == code)
    }
}

#[cfg(test)]
mod tests {
    use super::Values;

    #[test]
    fn the_guides_value_sets_are_whole() {
        let values = Values::of_guide();
        let counts = [
            &values.record_type,
            &values.record_class,
            &values.format,
            &values.content_stability,
            &values.practice_setting,
        ]
        .map(|set| set.members.len());
        assert_eq!(counts, [9, 2, 2, 2, 353]);
    }

    #[test]
    fn each_type_has_a_class_and_formats_that_exist() {
        let values = Values::of_guide();
        for member in &values.record_type.members {
            let class = member.class.as_deref().expect("a class");
            assert!(values.record_class.member(class).is_some(), "{class}");
            assert!(!member.formats.is_empty());
            assert!(member.formats.iter().all(|format| values.format.member(format).is_some()));
        }
    }

    #[test]
    fn another_file_is_read_with_the_place_of_its_fault() {
        let error = Values::parse("{\n \"record_type\": 3}").expect_err("no value sets");
        assert!(error.contains("line 2"), "{error}");
    }
}
