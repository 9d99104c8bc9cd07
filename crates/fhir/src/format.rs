//! JSON or XML: what a body says it is, and what an answer shall be. Pure functions over header text.

/// A wire format of FHIR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// FHIR JSON.
    Json,
    /// FHIR XML.
    Xml,
}

impl Format {
    /// The media type of an answer, with its charset.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Json => "application/fhir+json;charset=utf-8",
            Format::Xml => "application/fhir+xml;charset=utf-8",
        }
    }

    /// The format that a media type without parameters, or a short name of `_format`, stands for.
    /// Source: FHIR R4 RESTful API, "Content Types and encodings"; the older names are those of DSTU2.
    #[must_use]
    pub fn named(name: &str) -> Option<Format> {
        const JSON: [&str; 5] =
            ["application/fhir+json", "application/json", "text/json", "application/json+fhir", "json"];
        const XML: [&str; 5] = ["application/fhir+xml", "application/xml", "text/xml", "application/xml+fhir", "xml"];
        let is = |known: &&str| name.eq_ignore_ascii_case(known);
        if JSON.iter().any(is) {
            Some(Format::Json)
        } else if XML.iter().any(is) {
            Some(Format::Xml)
        } else {
            None
        }
    }
}

/// What a Content-Type says about a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentType {
    /// A FHIR format.
    Fhir(Format),
    /// A form. The vendor's own curl line sends JSON under such a type.
    Form,
    /// No FHIR, another charset, another FHIR version, or nothing.
    Unsupported,
}

/// Reads a Content-Type. `fhir_version` is the version served, for example `4.0`.
#[must_use]
pub fn content_type(header: Option<&str>, fhir_version: &str) -> ContentType {
    let Some(header) = header else {
        return ContentType::Unsupported;
    };
    let (name, parameters) = split_parameters(header);
    for (key, value) in parameters {
        let fits = match key.to_ascii_lowercase().as_str() {
            "charset" => value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("utf8"),
            "fhirversion" => is_version(value, fhir_version),
            _ => true,
        };
        if !fits {
            return ContentType::Unsupported;
        }
    }
    if name.contains('/')
        && let Some(format) = Format::named(name)
    {
        return ContentType::Fhir(format);
    }
    let is_form = |form: &&str| name.eq_ignore_ascii_case(form);
    match ["application/x-form-urlencoded", "application/x-www-form-urlencoded"].iter().any(is_form) {
        true => ContentType::Form,
        false => ContentType::Unsupported,
    }
}

/// Chooses the format of an answer: `_format` wins, then the best of Accept, then `otherwise` where nothing is asked.
/// Nothing when what is asked for cannot be given.
#[must_use]
pub fn accept(
    header: Option<&str>,
    format_parameter: Option<&str>,
    fhir_version: &str,
    otherwise: Format,
) -> Option<Format> {
    accept_any(header, format_parameter, fhir_version, otherwise, Format::Json)
}

/// The same, for a guide that has a wish of its own for callers who take any format (`*/*`).
#[must_use]
pub fn accept_any(
    header: Option<&str>,
    format_parameter: Option<&str>,
    fhir_version: &str,
    otherwise: Format,
    any: Format,
) -> Option<Format> {
    if let Some(asked) = format_parameter.map(str::trim).filter(|asked| !asked.is_empty()) {
        // a '+' that was not percent-encoded arrives as a space
        let (name, parameters) = split_parameters(asked);
        let name = name.replace(' ', "+");
        return if has_version(parameters, fhir_version) { Format::named(&name) } else { None };
    }
    let Some(header) = header.map(str::trim).filter(|header| !header.is_empty()) else {
        return Some(otherwise);
    };
    let ranges: Vec<_> = header.split(',').filter_map(|range| media_range(range, fhir_version)).collect();
    let (json, xml) = (weight(&ranges, Format::Json), weight(&ranges, Format::Xml));
    match (json.0 > 0, xml.0 > 0) {
        (false, false) => None,
        (false, true) => Some(Format::Xml),
        (true, false) => Some(Format::Json),
        // what is named wins over what a wildcard allows; of several, the first
        (true, true) if json == xml => ranges.iter().find_map(|range| range.format).or(Some(any)),
        (true, true) => Some(if json > xml { Format::Json } else { Format::Xml }),
    }
}

/// Quality and specificity of the range that counts for a format: the most specific one, and of several the best.
/// Source: RFC 9110, section 12.5.1.
fn weight(ranges: &[MediaRange], format: Format) -> (u32, Specificity) {
    let fits = ranges.iter().filter(|range| range.format.is_none_or(|named| named == format));
    let counts = fits.max_by_key(|range| (range.specificity, range.quality));
    counts.map_or((0, Specificity::Any), |range| (range.quality, range.specificity))
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Specificity {
    Any,
    AnyApplication,
    Exact,
}

/// One range of an Accept header.
struct MediaRange {
    /// In thousandths.
    quality: u32,
    specificity: Specificity,
    /// Nothing for wildcards, which allow both.
    format: Option<Format>,
}

/// Reads a range; nothing when it is none, names another FHIR version, or no format of FHIR.
fn media_range(range: &str, fhir_version: &str) -> Option<MediaRange> {
    let (name, parameters) = split_parameters(range);
    let parameters: Vec<_> = parameters.collect();
    if !has_version(parameters.iter().copied(), fhir_version) {
        return None;
    }
    let quality =
        parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case("q")).map_or(Some(1000), |(_, q)| thousandths(q));
    let (specificity, format) = match name {
        "*/*" => (Specificity::Any, None),
        "application/*" => (Specificity::AnyApplication, None),
        _ if name.contains('/') => (Specificity::Exact, Some(Format::named(name)?)),
        _ => return None,
    };
    Some(MediaRange { quality: quality?, specificity, format })
}

fn thousandths(quality: &str) -> Option<u32> {
    let quality: f32 = quality.parse().ok()?;
    // the range makes the cast exact enough: at most 1000
    (0.0..=1.0).contains(&quality).then(|| (quality * 1000.0).round() as u32)
}

fn has_version<'h>(mut parameters: impl Iterator<Item = (&'h str, &'h str)>, fhir_version: &str) -> bool {
    parameters.all(|(key, value)| !key.eq_ignore_ascii_case("fhirVersion") || is_version(value, fhir_version))
}

/// `4.0` and `4.0.1` both ask for what serves `4.0`.
fn is_version(asked: &str, served: &str) -> bool {
    asked == served || asked.strip_prefix(served).is_some_and(|patch| patch.starts_with('.'))
}

fn split_parameters(value: &str) -> (&str, impl Iterator<Item = (&str, &str)>) {
    let mut parts = value.split(';');
    let name = parts.next().unwrap_or_default().trim();
    let parameters = parts.filter_map(|part| {
        let (key, value) = part.split_once('=')?;
        Some((key.trim(), value.trim().trim_matches('"')))
    });
    (name, parameters)
}

#[cfg(test)]
mod tests {
    use super::{ContentType, Format, accept, content_type};

    fn check_accept(header: &str, expected: Option<Format>) {
        assert_eq!(accept(Some(header), None, "4.0", Format::Xml), expected, "{header}");
    }

    #[test]
    fn what_no_fhir_answer_fits_is_not_given() {
        for header in
            ["text/html", "application/pdf", "application/fhir+json; fhirVersion=3.0", "application/json;q=0", "json"]
        {
            check_accept(header, None);
        }
    }

    #[test]
    fn an_accept_header_is_weighed() {
        check_accept("application/fhir+json", Some(Format::Json));
        check_accept("APPLICATION/XML", Some(Format::Xml));
        check_accept("*/*", Some(Format::Json));
        check_accept("text/html, application/xml;q=0.9, */*;q=0.1", Some(Format::Xml));
        check_accept("application/json;q=0.5, application/fhir+xml;q=0.8", Some(Format::Xml));
        check_accept("application/*, text/xml", Some(Format::Xml));
        check_accept("application/fhir+xml, application/fhir+json", Some(Format::Xml));
        check_accept("application/json, text/xml", Some(Format::Json));
        check_accept("application/*", Some(Format::Json));
        check_accept("application/fhir+json; fhirVersion=4.0", Some(Format::Json));
        check_accept("application/fhir+json;fhirVersion=\"4.0.1\"", Some(Format::Json));
        check_accept(" ", Some(Format::Xml));
    }

    #[test]
    fn what_is_weighed_with_nothing_is_not_given_under_a_wildcard() {
        check_accept("application/fhir+json;q=0, */*", Some(Format::Xml));
        check_accept("*/*, application/fhir+xml;q=0", Some(Format::Json));
        check_accept("application/json;q=0, text/json, */*;q=0.1", Some(Format::Json));
        check_accept("application/fhir+json;q=0, application/fhir+xml;q=0, */*", None);
        check_accept("application/fhir+json;q=0.2, */*", Some(Format::Xml));
    }

    #[test]
    fn nothing_asked_gives_what_the_guide_says() {
        assert_eq!(accept(None, None, "4.0", Format::Xml), Some(Format::Xml));
    }

    #[test]
    fn the_format_parameter_wins() {
        let asked = |format| accept(Some("application/fhir+json"), Some(format), "4.0", Format::Json);
        assert_eq!(asked("xml"), Some(Format::Xml));
        assert_eq!(asked("application/fhir xml"), Some(Format::Xml));
        assert_eq!(asked("text/xml"), Some(Format::Xml));
        assert_eq!(asked("ttl"), None);
        assert_eq!(asked(""), Some(Format::Json));
    }

    #[test]
    fn a_content_type_says_the_format_of_a_body() {
        let check = |header: &str, expected| assert_eq!(content_type(Some(header), "4.0"), expected, "{header}");
        check("application/fhir+json", ContentType::Fhir(Format::Json));
        check("application/fhir+json; charset=UTF-8", ContentType::Fhir(Format::Json));
        check("Application/JSON;charset=\"utf-8\"", ContentType::Fhir(Format::Json));
        check("application/fhir+xml; fhirVersion=4.0", ContentType::Fhir(Format::Xml));
        check("application/x-form-urlencoded", ContentType::Form);
        check("application/x-www-form-urlencoded", ContentType::Form);
        check("application/fhir+json; charset=utf-16", ContentType::Unsupported);
        check("application/fhir+json; fhirVersion=3.0", ContentType::Unsupported);
        check("text/csv", ContentType::Unsupported);
        check("multipart/form-data; boundary=x", ContentType::Unsupported);
        check("json", ContentType::Unsupported);
        assert_eq!(content_type(None, "4.0"), ContentType::Unsupported);
    }
}
