//! What a narrative may hold: elements, attributes, addresses, styles.

/// Elements that give text its form.
const ELEMENTS: &str = "\
    a abbr acronym address area b bdo big blockquote br caption cite code col colgroup dd dfn div dl dt \
    em h1 h2 h3 h4 h5 h6 hr i img kbd li map ol p pre q samp small span strong sub sup table tbody td \
    tfoot th thead tr tt ul var";

/// Attributes that change how something looks or reads, on whatever element they stand.
const ATTRIBUTES: &str = "\
    abbr accesskey align alt axis bgcolor border cellpadding cellspacing char charoff charset class \
    clear colspan compact coords dir frame headers height hreflang hspace id ismap lang longdesc name \
    nohref noshade nowrap rel rev rowspan rules scope shape size span start style summary tabindex title \
    type usemap valign value vspace width xml:lang";

pub(super) fn is_element(name: &str) -> bool {
    ELEMENTS.split(' ').any(|element| element == name)
}

pub(super) fn is_attribute(element: &str, name: &str) -> bool {
    match name {
        "href" => matches!(element, "a" | "area"),
        "src" => element == "img",
        "cite" => matches!(element, "blockquote" | "q"),
        _ => ATTRIBUTES.split(' ').any(|attribute| attribute == name),
    }
}

/// The scheme of an address as browsers see it, who skip blanks and control characters in it.
fn scheme_of(address: &str) -> Option<String> {
    let seen = address.chars().filter(|char| !char.is_whitespace() && !char.is_control());
    let mut scheme = String::new();
    for char in seen {
        match char {
            ':' => return Some(scheme),
            '/' | '?' | '#' => return None,
            other => scheme.push(other.to_ascii_lowercase()),
        }
    }
    None
}

pub(super) fn is_safe_link(address: &str) -> bool {
    let known = |scheme: String| matches!(scheme.as_str(), "http" | "https" | "mailto" | "tel" | "ftp" | "urn");
    scheme_of(address).is_none_or(known)
}

pub(super) fn is_safe_image(address: &str) -> bool {
    match scheme_of(address).as_deref() {
        Some("data") => address.trim_start().to_ascii_lowercase().starts_with("data:image/"),
        Some(scheme) => matches!(scheme, "http" | "https" | "urn"),
        None => true,
    }
}

pub(super) fn is_safe_style(style: &str) -> bool {
    let style = style.to_ascii_lowercase();
    let active = ["url(", "expression", "script:", "@import", "behavior", "-moz-binding", "\\", "/*"];
    !active.iter().any(|word| style.contains(word))
}
