//! Days and moments on the command line.

use baton_exchange::time::Timestamp;

const DAY_SECS: i64 = 86_400;

/// A day in UTC, or a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The day that begins then.
    Day(Timestamp),
    /// That moment.
    Moment(Timestamp),
}

impl When {
    /// Reads a day or a moment.
    ///
    /// # Errors
    /// What it should look like.
    pub fn parse(text: &str) -> Result<When, String> {
        let day = || Timestamp::parse(&format!("{text}T00:00:00Z")).map(When::Day);
        let moment = Timestamp::parse(text).map(When::Moment);
        moment.or_else(day).ok_or_else(|| "a day is 2026-01-31, a moment is 2026-01-31T14:30:00Z".to_owned())
    }

    /// The first moment of it.
    #[must_use]
    pub fn begin(self) -> Timestamp {
        match self {
            When::Day(moment) | When::Moment(moment) => moment,
        }
    }

    /// The first moment behind it: a day counts whole, a moment is an end by itself.
    #[must_use]
    pub fn end(self) -> Timestamp {
        match self {
            When::Day(day) => day.plus_secs(DAY_SECS),
            When::Moment(moment) => moment,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::When;

    #[track_caller]
    fn check(text: &str, begin: &str, end: &str) {
        let when = When::parse(text).expect(text);
        assert_eq!((when.begin().to_string().as_str(), when.end().to_string().as_str()), (begin, end));
    }

    #[test]
    fn what_is_neither_day_nor_moment_is_refused() {
        for wrong in ["", "yesterday", "2026-13-01", "2026-01", "31.01.2026", "2026-01-31T14:30:00"] {
            assert!(When::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_day_counts_whole_and_a_moment_is_an_end() {
        check("2026-01-31", "2026-01-31T00:00:00.000Z", "2026-02-01T00:00:00.000Z");
        check("2026-01-31T15:30:00+01:00", "2026-01-31T14:30:00.000Z", "2026-01-31T14:30:00.000Z");
    }
}
