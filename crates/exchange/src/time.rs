//! Time as the exchange counts it. It is always a parameter: nothing here reads a clock.

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment and a number of seconds more.
    #[must_use]
    pub fn plus_secs(self, secs: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(secs.saturating_mul(1_000_000)))
    }

    /// Whole seconds since 1970.
    #[must_use]
    pub fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The moment as HTTP writes it in headers. Source: RFC 9110, section 5.6.7.
    #[must_use]
    pub fn to_http_date(self) -> String {
        let time = jiff::Timestamp::from_microsecond(self.0).unwrap_or_default();
        time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Reads a date as headers have it; nothing for all else.
    #[must_use]
    pub fn of_http_date(text: &str) -> Option<Timestamp> {
        let broken_down = jiff::fmt::strtime::parse("%a, %d %b %Y %H:%M:%S GMT", text).ok()?;
        let civil = broken_down.to_datetime().ok()?;
        let moment = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(Timestamp(moment.timestamp().as_microsecond()))
    }

    /// Reads a FHIR instant or a dateTime with a time zone; nothing for all else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Timestamp> {
        text.parse::<jiff::Timestamp>().ok().map(|time| Timestamp(time.as_microsecond()))
    }
}

impl std::fmt::Display for Timestamp {
    /// A FHIR instant in UTC with milliseconds.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(time) => write!(f, "{time:.3}"),
            Err(_) => f.write_str("(out of range)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn an_instant_is_read_whatever_its_offset_and_written_in_utc() {
        let read = Timestamp::parse("2026-01-15T15:30:00.1234567+01:00").map(|time| time.to_string());
        assert_eq!(read.as_deref(), Some("2026-01-15T14:30:00.123Z"));
    }

    #[test]
    fn headers_have_a_date_of_their_own() {
        assert_eq!(Timestamp(1_768_487_400_000_000).to_http_date(), "Thu, 15 Jan 2026 14:30:00 GMT");
    }

    #[test]
    fn a_date_without_time_zone_is_no_moment() {
        assert_eq!(Timestamp::parse("2026-01-15"), None);
    }
}
