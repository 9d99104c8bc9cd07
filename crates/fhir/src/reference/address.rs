//! Takes a literal reference or a fullUrl apart.

/// A RESTful address, relative (`Patient/1`) or absolute (`https://example.org/fhir/Patient/1/_history/2`).
///
/// ```
/// use baton_fhir::reference::Address;
/// let address = Address::parse("https://example.org/fhir/Patient/1/_history/2").expect("it is RESTful");
/// assert_eq!((address.root, address.resource_type, address.id), ("https://example.org/fhir", "Patient", "1"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address<'a> {
    /// The server's base without its last slash; empty for a relative address.
    pub root: &'a str,
    /// The type of the resource.
    pub resource_type: &'a str,
    /// The logical id of the resource.
    pub id: &'a str,
    /// The version that was asked for.
    pub version: Option<&'a str>,
}

impl<'a> Address<'a> {
    /// Reads a text that has the form of a RESTful address; nothing for all others, such as `urn:uuid:…` or `#a`.
    ///
    /// Whether the type exists is not asked. A fragment is no part of the address.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Address<'a>> {
        let (mut rest, mut id) = text.rsplit_once('/')?;
        id = id.split_once('#').map_or(id, |(before, _)| before);
        let mut version = None;
        if let Some(before) = rest.strip_suffix("/_history") {
            version = Some(id);
            (rest, id) = before.rsplit_once('/')?;
        }
        let (root, resource_type) = rest.rsplit_once('/').unwrap_or(("", rest));
        let relative = root.is_empty() && !rest.starts_with('/');
        let fits = is_id(id) && is_type(resource_type) && (relative || is_root(root));
        fits.then_some(Address { root, resource_type, id, version })
    }

    /// `Type/id`, the only part of an address that is printed: a root may carry secrets.
    #[must_use]
    pub fn short(&self) -> String {
        format!("{}/{}", self.resource_type, self.id)
    }
}

/// Whether a text begins with a scheme, as absolute URIs do.
#[must_use]
pub fn is_absolute(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else {
        return false;
    };
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// How a reference is printed in findings: what it points at, shortened to what cannot hold personal data.
#[must_use]
pub fn printable(text: &str) -> String {
    if let Some(address) = Address::parse(text) {
        return address.short();
    }
    let harmless = text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":-.#".contains(&byte));
    if harmless && (text.starts_with("urn:") || text.starts_with('#')) { text.to_owned() } else { "…".to_owned() }
}

/// More than FHIR allows in an id: a reference to a badly named resource still leads there, and the id has its own check.
fn is_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    (1..=128).contains(&text.len()) && text.bytes().all(fits)
}

fn is_type(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_uppercase()) && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn is_root(text: &str) -> bool {
    text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).is_some_and(|host| !host.is_empty())
}
