//! A source cut into lines, none of them longer than it may be.

use std::io::{BufRead, BufReader, Read, Result};

/// A line, numbered from 1 as editors do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: u64,
    /// Nothing for one that is too long to be looked at.
    pub(super) text: Option<Vec<u8>>,
}

/// Reads lines.
pub(super) struct Lines<R> {
    source: BufReader<R>,
    bytes_max: usize,
    number: u64,
    bytes_read: u64,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R, bytes_max: usize) -> Lines<R> {
        Lines { source: BufReader::with_capacity(256 * 1024, source), bytes_max, number: 0, bytes_read: 0 }
    }

    /// How much of the source is behind the last line.
    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// The next line that is not blank; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<Line>> {
        loop {
            let mut text = Vec::new();
            // one more than a line may have, and its end
            let enough = self.bytes_max as u64 + 2;
            let read = self.source.by_ref().take(enough).read_until(b'\n', &mut text)?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.bytes_read += read as u64;
            let number = self.number;
            if !text.ends_with(b"\n") && read as u64 == enough {
                self.skip()?;
                return Ok(Some(Line { number, text: None }));
            }
            let text = trimmed(&text, number);
            if text.len() > self.bytes_max {
                return Ok(Some(Line { number, text: None }));
            }
            if !text.is_empty() {
                return Ok(Some(Line { number, text: Some(text.to_vec()) }));
            }
        }
    }

    /// Passes the rest of a line.
    fn skip(&mut self) -> Result<()> {
        loop {
            let waiting = self.source.fill_buf()?;
            let (passed, is_end) = match waiting.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (waiting.len(), waiting.is_empty()),
            };
            self.source.consume(passed);
            self.bytes_read += passed as u64;
            if is_end {
                return Ok(());
            }
        }
    }
}

/// Without the white space around it, and without the mark that some programs begin a file with.
fn trimmed(text: &[u8], number: u64) -> &[u8] {
    let marked = if number == 1 { text.strip_prefix(b"\xEF\xBB\xBF") } else { None };
    marked.unwrap_or(text).trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[track_caller]
    fn check(source: &str, expected: &[(u64, Option<&str>)]) {
        let mut lines = Lines::new(source.as_bytes(), 5);
        for (number, text) in expected {
            let line = lines.next().expect("it can be read").expect("there is one more");
            let read = line.text.map(|text| String::from_utf8(text).expect("text"));
            assert_eq!((line.number, read.as_deref()), (*number, *text), "{source:?}");
        }
        assert_eq!(lines.next().expect("it can be read"), None, "{source:?}");
        assert_eq!(lines.bytes_read(), source.len() as u64, "{source:?}");
    }

    #[test]
    fn a_line_may_be_as_long_as_allowed_and_not_one_byte_longer() {
        check(
            "12345\n123456\n1234567\n12345678901234567890\n1\n",
            &[(1, Some("12345")), (2, None), (3, None), (4, None), (5, Some("1"))],
        );
        check("123456", &[(1, None)]);
        check("12345678", &[(1, None)]);
    }

    #[test]
    fn blank_lines_count_and_are_skipped() {
        check("", &[]);
        check("\n \r\n a \n\n", &[(3, Some("a"))]);
    }

    #[test]
    fn a_last_line_needs_no_end_and_the_first_may_have_a_mark() {
        check("\u{feff}a\r\nb", &[(1, Some("a")), (2, Some("b"))]);
    }
}
