//! The lexical rules of primitive types. Source: FHIR R4, "Data Types", regular expressions of the primitive types;
//! STU3 differs in nothing that matters here.

use crate::tree::Kind;

/// A primitive type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "FHIR's own names, explained there")]
pub enum Primitive {
    Base64Binary,
    Boolean,
    Canonical,
    Code,
    Date,
    DateTime,
    Decimal,
    Id,
    Instant,
    Integer,
    Markdown,
    Oid,
    PositiveInt,
    String,
    Time,
    UnsignedInt,
    Uri,
    Url,
    Uuid,
    Xhtml,
}

impl Primitive {
    /// The primitive of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Primitive> {
        Some(match name {
            "base64Binary" => Primitive::Base64Binary,
            "boolean" => Primitive::Boolean,
            "canonical" => Primitive::Canonical,
            "code" => Primitive::Code,
            "date" => Primitive::Date,
            "dateTime" => Primitive::DateTime,
            "decimal" => Primitive::Decimal,
            "id" => Primitive::Id,
            "instant" => Primitive::Instant,
            "integer" => Primitive::Integer,
            "markdown" => Primitive::Markdown,
            "oid" => Primitive::Oid,
            "positiveInt" => Primitive::PositiveInt,
            "string" => Primitive::String,
            "time" => Primitive::Time,
            "unsignedInt" => Primitive::UnsignedInt,
            "uri" => Primitive::Uri,
            "url" => Primitive::Url,
            "uuid" => Primitive::Uuid,
            "xhtml" => Primitive::Xhtml,
            _ => return None,
        })
    }

    /// How JSON writes it.
    #[must_use]
    pub fn json_kind(self) -> Kind {
        match self {
            Primitive::Boolean => Kind::Boolean,
            Primitive::Decimal | Primitive::Integer | Primitive::PositiveInt | Primitive::UnsignedInt => Kind::Number,
            _ => Kind::String,
        }
    }
}

/// Checks the text of a value. Empty text is refused elsewhere, for all types alike.
///
/// # Errors
/// What a value of that type has to be, for people.
pub fn check(primitive: Primitive, text: &str) -> Result<(), &'static str> {
    let (fits, otherwise) = match primitive {
        Primitive::Boolean => (matches!(text, "true" | "false"), "true or false was expected"),
        Primitive::Integer => (is_integer(text, i32::MIN), "a whole number of 32 bits was expected"),
        Primitive::UnsignedInt => (is_integer(text, 0), "a whole number from 0 to 2147483647 was expected"),
        Primitive::PositiveInt => (is_integer(text, 1), "a whole number from 1 to 2147483647 was expected"),
        Primitive::Decimal => (is_decimal(text), "a decimal number was expected"),
        Primitive::Id => (is_id(text), "1 to 64 letters, digits, '-' and '.' were expected"),
        Primitive::Code => (is_code(text), "a code was expected: no white space at its ends, single blanks inside"),
        Primitive::Uri | Primitive::Url | Primitive::Canonical => {
            (!has_blank(text), "an address without white space was expected")
        }
        Primitive::Oid => (is_oid(text), "an OID was expected, such as urn:oid:1.2.3"),
        Primitive::Uuid => {
            (is_uuid(text), "a UUID was expected, such as urn:uuid:c757873d-ec9a-4326-a141-556f43239520")
        }
        Primitive::Date => (is_date(text), "a date was expected: YYYY, YYYY-MM or YYYY-MM-DD"),
        Primitive::DateTime => {
            (is_date_time(text), "a date was expected, or a date and time with a time zone: YYYY-MM-DDThh:mm:ss+zz:zz")
        }
        Primitive::Instant => {
            (is_instant(text), "a date and time with seconds and a time zone was expected: YYYY-MM-DDThh:mm:ss+zz:zz")
        }
        Primitive::Time => (is_time(text), "a time was expected: hh:mm:ss"),
        Primitive::Base64Binary => (is_base64(text), "base64 was expected"),
        Primitive::String | Primitive::Markdown | Primitive::Xhtml => {
            (!has_control(text), "text without control characters was expected")
        }
    };
    if fits { Ok(()) } else { Err(otherwise) }
}

/// Whether there are control characters, or one of the two that are none at all: XML has no place for either. Looks at
/// bytes, all of them: that is quicker than to decode characters and to stop early.
fn has_control(text: &str) -> bool {
    let is_control = |byte: u8| (byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0x7f;
    // both begin with the same byte, which is rare in other text
    let is_lead = |byte: u8| byte == 0xEF;
    let suspect = text.bytes().fold(false, |found, byte| found | is_control(byte) | is_lead(byte));
    suspect
        && text
            .chars()
            .any(|char| matches!(char, '\u{fffe}' | '\u{ffff}') || (char.is_ascii() && is_control(char as u8)))
}

fn has_blank(text: &str) -> bool {
    if text.is_ascii() {
        text.bytes().any(|byte| byte <= b' ')
    } else {
        text.contains(char::is_whitespace) || has_control(text)
    }
}

fn is_integer(text: &str, least: i32) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_plain = digits == "0" || digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    is_plain && text.parse::<i32>().is_ok_and(|number| number >= least)
}

/// FHIR's decimals are those of JSON; in XML no reader has checked the text before.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let sign = |exponent: &str| exponent.strip_prefix(['+', '-']).map_or(exponent.to_owned(), str::to_owned);
    is_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(is_digits)
        && exponent.is_none_or(|exponent| is_digits(&sign(exponent)))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text can be the id of a resource.
#[must_use]
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

fn is_code(text: &str) -> bool {
    let doubled = || text.as_bytes().windows(2).any(|two| two == b"  ");
    let is_odd = |c: char| c != ' ' && c.is_whitespace();
    !has_blank(text) || text.trim() == text && !doubled() && !text.contains(is_odd) && !has_control(text)
}

fn is_oid(text: &str) -> bool {
    let Some(arcs) = text.strip_prefix("urn:oid:") else {
        return false;
    };
    let is_arc = |arc: &str| is_digits(arc) && (arc == "0" || !arc.starts_with('0'));
    arcs.starts_with(['0', '1', '2']) && arcs.split('.').count() > 1 && arcs.split('.').all(is_arc)
}

fn is_uuid(text: &str) -> bool {
    let Some(uuid) = text.strip_prefix("urn:uuid:") else {
        return false;
    };
    let groups: Vec<usize> = uuid.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && uuid.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

fn number(text: &str, digits: usize) -> Option<u32> {
    if text.len() == digits && is_digits(text) { text.parse().ok() } else { None }
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let year = parts.next().and_then(|year| number(year, 4)).filter(|year| *year > 0);
    let month = parts.next().map(|month| number(month, 2).filter(|month| (1..=12).contains(month)));
    let day = parts.next().map(|day| number(day, 2));
    match (year, month, day, parts.next()) {
        (Some(_), None | Some(Some(_)), None, None) => true,
        (Some(year), Some(Some(month)), Some(Some(day)), None) => (1..=days(year, month)).contains(&day),
        _ => false,
    }
}

fn days(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_date_time(text: &str) -> bool {
    if text.contains('T') { is_instant(text) } else { is_date(text) }
}

fn is_instant(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else {
        return false;
    };
    let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
    date.len() == 10 && is_date(date) && is_time(&time[..zone]) && is_zone(&time[zone..])
}

fn is_zone(zone: &str) -> bool {
    if zone == "Z" {
        return true;
    }
    let Some((hours, minutes)) = zone.get(1..).and_then(|zone| zone.split_once(':')) else {
        return false;
    };
    match (number(hours, 2), number(minutes, 2)) {
        (Some(14), Some(minutes)) => minutes == 0,
        (Some(hours), Some(minutes)) => hours < 14 && minutes < 60,
        _ => false,
    }
}

/// A leap second is a time; any number of digits may follow the seconds.
fn is_time(text: &str) -> bool {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let parts: Option<Vec<u32>> = whole.split(':').map(|part| number(part, 2)).collect();
    let in_range =
        |parts: Vec<u32>| matches!(parts[..], [hour, minute, second] if hour < 24 && minute < 60 && second <= 60);
    parts.is_some_and(in_range) && fraction.is_none_or(is_digits)
}

fn is_base64(text: &str) -> bool {
    let mut length = 0_usize;
    let mut padding = 0;
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        match byte {
            b'=' => padding += 1,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => {}
            _ => return false,
        }
        length += 1;
    }
    length.is_multiple_of(4) && padding <= 2
}
