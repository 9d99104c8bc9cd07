//! NHS numbers: ten digits of which the last one checks the others.
//! Source: NHS Data Model and Dictionary, "NHS NUMBER" (modulus 11); NRL "Invalid NHS Number".

/// Whether a text is an NHS number.
#[must_use]
pub fn is_nhs_number(text: &str) -> bool {
    let Ok(digits) = <[u8; 10]>::try_from(text.as_bytes()) else { return false };
    // ten zeros pass the sum, and are nobody's number
    if !digits.iter().all(u8::is_ascii_digit) || digits == [b'0'; 10] {
        return false;
    }
    let sum: u32 = (2..=10).rev().zip(digits).map(|(weight, digit)| weight * u32::from(digit - b'0')).sum();
    let check = match 11 - sum % 11 {
        11 => 0,
        check => check,
    };
    check == u32::from(digits[9] - b'0')
}

#[cfg(test)]
mod tests {
    use super::is_nhs_number;

    #[test]
    fn the_last_digit_checks_the_others() {
        for wrong in ["9876543213", "9876543214", "6101231234", "9876543211"] {
            assert!(!is_nhs_number(wrong), "{wrong}");
        }
        let right = [
            "9876543210",
            "2686033207",
            "1020103620",
            "3656987882",
            "0766140741",
            "9462205957",
            "9000000009",
            "9462205701",
        ];
        for right in right {
            assert!(is_nhs_number(right), "{right}");
        }
    }

    #[test]
    fn only_ten_plain_digits_are_a_number() {
        for wrong in
            ["", "987654321", "98765432100", "987 654 3210", "987654321O", "０８７６５４３２１０", "0000000000"]
        {
            assert!(!is_nhs_number(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_check_of_ten_is_no_number() {
        // twice six is twelve, which leaves one of eleven
        assert!((0..=9).all(|last| !is_nhs_number(&format!("000000006{last}"))));
    }
}
