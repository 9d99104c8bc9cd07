//! The names that HTML gives to letters, which narratives and notes may use.
//! Source: HTML, "Named character references".

/// What a name means, without its `&` and `;`.
///
/// ```
/// assert_eq!(baton_fhir::entity::named("eacute"), Some("é"));
/// assert_eq!(baton_fhir::entity::named("nothing"), None);
/// ```
#[must_use]
pub fn named(name: &str) -> Option<&'static str> {
    // XML has this name, the library's table of HTML's has it not in every version
    if name == "apos" { Some("'") } else { quick_xml::escape::resolve_html5_entity(name) }
}
