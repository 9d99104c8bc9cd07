//! How large registries are to be, and whether they fit on the disk.

/// What both sides take on disk for a pointer at most, with their logs and what is written while they are measured.
const BYTES_PER_POINTER: u64 = 4_500;
/// What is wanted besides.
const BYTES_BESIDE: u64 = 1_500_000_000;

/// A number of pointers: `10k`, `1m`, `10000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

impl std::str::FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Size, String> {
        let (digits, unit) = match text.trim().to_ascii_lowercase() {
            text if text.ends_with('k') => (text[..text.len() - 1].to_owned(), 1_000),
            text if text.ends_with('m') => (text[..text.len() - 1].to_owned(), 1_000_000),
            text => (text, 1),
        };
        let size = digits.parse().ok().and_then(|count: u64| count.checked_mul(unit));
        match size {
            Some(size) if (100..=100_000_000).contains(&size) => Ok(Size(size)),
            _ => Err("a size is a number of pointers from 100 to 100m, like 500, 10k or 1m".to_owned()),
        }
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            size if size % 1_000_000 == 0 => write!(f, "{}m", size / 1_000_000),
            size if size % 1_000 == 0 => write!(f, "{}k", size / 1_000),
            size => write!(f, "{size}"),
        }
    }
}

/// The sizes in their order, those for which there is room, and those for which there is none.
pub fn that_fit(mut sizes: Vec<Size>, free: Option<u64>) -> (Vec<Size>, Vec<Size>) {
    sizes.sort();
    sizes.dedup();
    let mut taken = BYTES_BESIDE;
    sizes.into_iter().partition(|size| {
        taken += size.0 * BYTES_PER_POINTER;
        // where the system does not say, the one who asked knows
        free.is_none_or(|free| taken <= free)
    })
}

#[cfg(test)]
mod tests {
    use super::{Size, that_fit};

    #[test]
    fn sizes_are_written_as_people_say_them() {
        for (text, size) in [("500", 500), ("10k", 10_000), ("1M", 1_000_000)] {
            assert_eq!(text.parse(), Ok(Size(size)));
            assert_eq!(Size(size).to_string(), text.to_lowercase());
        }
        for text in ["", "k", "99", "101m", "-1", "1g"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let sizes = vec![Size(10_000_000), Size(10_000), Size(1_000_000), Size(10_000)];
        let fit = |free| that_fit(sizes.clone(), free).0;
        assert_eq!(fit(Some(10_000_000_000)), [Size(10_000), Size(1_000_000)]);
        assert_eq!(fit(None), [Size(10_000), Size(1_000_000), Size(10_000_000)]);
        assert_eq!(fit(Some(0)), []);
    }
}
