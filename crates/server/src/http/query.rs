//! Parameters of a query or of a form.

use url::form_urlencoded;

/// Parameters in the order in which they came, decoded. Prints names only: values may be personal.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

impl std::fmt::Debug for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Parameters {
    /// Reads a query or a form.
    #[must_use]
    pub fn parse(encoded: &[u8]) -> Parameters {
        let pairs = form_urlencoded::parse(encoded);
        Parameters(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The first value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All parameters in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// These parameters and others after them.
    #[must_use]
    pub fn and(mut self, others: Parameters) -> Parameters {
        self.0.extend(others.0);
        self
    }

    /// The pairs themselves.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

/// Whether a Content-Type is that of a form.
#[must_use]
pub fn is_form(content_type: Option<&str>) -> bool {
    content_type.is_some_and(|value| {
        let name = value.split(';').next().unwrap_or_default();
        name.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

#[cfg(test)]
mod tests {
    use super::Parameters;

    #[test]
    fn values_are_decoded_and_keep_their_order() {
        let parameters = Parameters::parse(b"a=1&b=x%7Cy+z&a=2&c");
        let all: Vec<_> = parameters.iter().collect();
        assert_eq!(all, [("a", "1"), ("b", "x|y z"), ("a", "2"), ("c", "")]);
        assert_eq!(parameters.get("a"), Some("1"));
    }

    /// Threat: T104
    #[test]
    fn debug_output_hides_values() {
        assert_eq!(format!("{:?}", Parameters::parse(b"identifier=hidden")), "[\"identifier\"]");
    }
}
