//! Numbers as text, compared by their value: `1.0` and `1` and `10e-1` are one number. Source: RFC 8259, section 6.

use std::cmp::Ordering;

/// Compares two numbers; nothing when one of them is none, or has an exponent that no number of use has.
pub(crate) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (Decimal::read(left)?, Decimal::read(right)?);
    Some(match (left.sign(), right.sign()) {
        (-1, -1) => right.compare_size(&left),
        (1, 1) => left.compare_size(&right),
        (left, right) => left.cmp(&right),
    })
}

/// `0.digits × 10^exponent`; no digit at either end is 0, and 0 has no digits.
struct Decimal {
    is_negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    fn read(text: &str) -> Option<Decimal> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0');
        let point = i64::try_from(digits.len()).ok()?.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        let exponent = exponent.parse::<i64>().ok()?.checked_add(point)?;
        let digits = digits.trim_end_matches('0').to_owned();
        Some(Decimal { is_negative: text.len() > unsigned.len(), digits, exponent })
    }

    fn sign(&self) -> i8 {
        match (self.digits.is_empty(), self.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    fn compare_size(&self, other: &Decimal) -> Ordering {
        self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits))
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::compare;

    #[test]
    fn numbers_are_equal_by_value() {
        for (left, right) in [
            ("1", "1.0"),
            ("0", "-0.00e7"),
            ("100", "1e2"),
            ("0.01", "1E-2"),
            ("12.50", "1250e-2"),
            ("-3", "-3.000"),
            ("5e+3", "5000"),
        ] {
            assert_eq!(compare(left, right), Some(Ordering::Equal), "{left} {right}");
        }
    }

    #[test]
    fn numbers_are_ordered_by_value() {
        let ordered = ["-1e9", "-10", "-9.5", "-0.1", "0", "0.09", "0.1", "9", "9.01", "10", "1.1e1", "1e99"];
        for pair in ordered.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Some(Ordering::Less), "{pair:?}");
            assert_eq!(compare(pair[1], pair[0]), Some(Ordering::Greater), "{pair:?}");
        }
    }

    #[test]
    fn what_is_no_number_has_no_order() {
        for text in ["", "-", "a", "1.", ".5", "1e", "1e99999999999999999999", "1e9223372036854775807", "+1", "1e+-2"] {
            assert_eq!(compare(text, "1"), None, "{text}");
        }
    }
}
