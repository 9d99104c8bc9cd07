//! Counters for those who operate the server, as Prometheus text. Labels have few values and hold nothing personal.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use baton_exchange::{audit::Interaction, notice::Backlog, time::Timestamp};

use crate::tree::Health;

/// How a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It was new, and is stored.
    Accepted,
    /// It was known, and got its answer again.
    Replayed,
    /// The rules said no.
    Refused,
    /// The machine could not.
    Failed,
}

impl Verdict {
    fn as_str(self) -> &'static str {
        match self {
            Verdict::Accepted => "accepted",
            Verdict::Replayed => "replayed",
            Verdict::Refused => "refused",
            Verdict::Failed => "failed",
        }
    }
}

/// What became of a notice at an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Delivered {
    /// The partner has it.
    Delivered,
    /// There will be another attempt.
    Again,
    /// It was given up.
    Parked,
}

impl Delivered {
    fn as_str(self) -> &'static str {
        match self {
            Delivered::Delivered => "delivered",
            Delivered::Again => "again",
            Delivered::Parked => "parked",
        }
    }
}

/// Which limit of a client was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limited {
    /// What a partner may ask for.
    Partner,
    /// What an address may ask for without saying who it is.
    Address,
    /// What an address may be refused, with a line of the audit, without proving who it is.
    Refused,
    /// Connections of an address.
    Connections,
}

impl Limited {
    fn as_str(self) -> &'static str {
        match self {
            Limited::Partner => "partner",
            Limited::Address => "address",
            Limited::Refused => "refused",
            Limited::Connections => "connections",
        }
    }
}

/// Upper bounds of a histogram's buckets, in microseconds.
const BOUNDS_MICROS: [u64; 12] =
    [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000];

/// A histogram of durations.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; BOUNDS_MICROS.len()],
    count: AtomicU64,
    sum_micros: AtomicU64,
}

impl Histogram {
    /// Counts one duration.
    pub fn observe(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        if let Some(bucket) = BOUNDS_MICROS.iter().position(|bound| micros <= *bound) {
            self.buckets[bucket].fetch_add(1, Relaxed);
        }
        self.count.fetch_add(1, Relaxed);
        self.sum_micros.fetch_add(micros, Relaxed);
    }

    fn write(&self, out: &mut String, name: &str, help: &str) {
        head(out, name, help, "histogram");
        let mut below = 0;
        for (bound, bucket) in BOUNDS_MICROS.iter().zip(&self.buckets) {
            below += bucket.load(Relaxed);
            line(out, &format!("{name}_bucket{{le=\"{}\"}}", seconds(*bound)), below);
        }
        let count = self.count.load(Relaxed);
        line(out, &format!("{name}_bucket{{le=\"+Inf\"}}"), count);
        line(out, &format!("{name}_sum"), seconds(self.sum_micros.load(Relaxed)));
        line(out, &format!("{name}_count"), count);
    }
}

type Counters<K> = Mutex<BTreeMap<K, u64>>;

/// All counters.
#[derive(Debug, Default)]
pub struct Metrics {
    requests: Counters<(&'static str, u16)>,
    messages: Counters<(String, String, Verdict)>,
    pointers: Counters<(String, &'static str, u16)>,
    deliveries: Counters<(String, Delivered)>,
    limited: Counters<Limited>,
    /// How long requests took.
    pub request_time: Histogram,
    /// How long commits of messages took.
    pub commit_time: Histogram,
    in_flight: AtomicI64,
}

/// A request that is being worked on, as long as this lives.
pub struct InFlight<'m>(&'m AtomicI64);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Metrics {
    /// Counts a request as under way until what is given back is dropped.
    pub fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Relaxed);
        InFlight(&self.in_flight)
    }

    /// Counts an answered request. `route` is a template, never a path.
    pub fn request(&self, route: &'static str, status: u16, took: Duration) {
        count(&self.requests, (route, status));
        self.request_time.observe(took);
    }

    /// Counts a message. `event` is a code that the exchange knows, or empty.
    pub fn message(&self, exchange: &str, event: &str, verdict: Verdict) {
        count(&self.messages, (exchange.to_owned(), event.to_owned(), verdict));
    }

    /// Counts a request to a record locator.
    pub fn pointer(&self, exchange: &str, interaction: Interaction, status: u16) {
        count(&self.pointers, (exchange.to_owned(), interaction.as_str(), status));
    }

    /// Counts an attempt to tell a partner something.
    pub fn delivery(&self, partner: &str, outcome: Delivered) {
        count(&self.deliveries, (partner.to_owned(), outcome));
    }

    /// Counts a request or a connection of a client that asks for too much.
    pub fn limited(&self, limit: Limited) {
        count(&self.limited, limit);
    }

    /// All counters in Prometheus' text format.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::with_capacity(8 * 1024);
        family(&mut out, "baton_requests_total", "Requests by route and status.", &self.requests, |(route, status)| {
            format!("route=\"{route}\",status=\"{status}\"")
        });
        let help = "Messages by exchange, event and verdict.";
        family(&mut out, "baton_messages_total", help, &self.messages, |(exchange, event, verdict)| {
            format!("exchange=\"{exchange}\",event=\"{event}\",verdict=\"{}\"", verdict.as_str())
        });
        self.request_time.write(&mut out, "baton_request_seconds", "How long requests took.");
        let help = "Requests to record locators by exchange, interaction and status.";
        family(&mut out, "baton_pointer_requests_total", help, &self.pointers, |(exchange, interaction, status)| {
            format!("exchange=\"{exchange}\",interaction=\"{interaction}\",status=\"{status}\"")
        });
        let help = "Attempts to deliver notices by partner and outcome.";
        family(&mut out, "baton_deliveries_total", help, &self.deliveries, |(partner, outcome)| {
            format!("partner=\"{partner}\",outcome=\"{}\"", outcome.as_str())
        });
        let help = "What was refused to clients that ask for too much, by limit.";
        family(&mut out, "baton_limited_total", help, &self.limited, |limit| format!("limit=\"{}\"", limit.as_str()));
        let help = "Lines of the log that standard error did not take, in time or at all.";
        head(&mut out, "baton_log_lines_dropped_total", help, "counter");
        line(&mut out, "baton_log_lines_dropped_total", crate::log::dropped());
        self.commit_time.write(&mut out, "baton_commit_seconds", "How long commits of messages took.");
        head(&mut out, "baton_requests_in_flight", "Requests that are being worked on.", "gauge");
        line(&mut out, "baton_requests_in_flight", self.in_flight.load(Relaxed));
        out
    }
}

/// Adds what the store knows of notices that were not delivered, in all processes together.
pub fn write_backlogs(out: &mut String, backlogs: &[Backlog], now: Timestamp) {
    head(out, "baton_notices", "Notices that were not delivered, by partner and state.", "gauge");
    for Backlog { partner, waiting, parked, .. } in backlogs {
        line(out, &format!("baton_notices{{partner=\"{partner}\",state=\"waiting\"}}"), waiting);
        line(out, &format!("baton_notices{{partner=\"{partner}\",state=\"parked\"}}"), parked);
    }
    let help = "How old the oldest notice is that was not delivered, by partner.";
    head(out, "baton_notice_oldest_seconds", help, "gauge");
    for Backlog { partner, oldest, .. } in backlogs {
        let age = now.secs().saturating_sub(oldest.secs()).max(0);
        line(out, &format!("baton_notice_oldest_seconds{{partner=\"{partner}\"}}"), age);
    }
}

/// Adds how the tree over the audit is. What never was has no number.
pub fn write_tree(out: &mut String, tree: &Health, now: Timestamp) {
    head(out, "baton_audit_tree_lines", "Lines of the audit that are in its tree.", "gauge");
    line(out, "baton_audit_tree_lines", tree.size.load(Relaxed));
    for (name, help, age) in [
        ("baton_audit_tree_age_seconds", "How long ago all lines of the audit were in its tree.", tree.age(now)),
        ("baton_audit_witness_age_seconds", "How long ago the witness had all of it.", tree.witness_age(now)),
    ] {
        head(out, name, help, "gauge");
        if let Some(age) = age {
            line(out, name, age);
        }
    }
}

/// Adds by how much the machine's clock is earlier than it was once.
pub fn write_clock(out: &mut String, behind: Duration) {
    let help = "By how much the machine's clock is earlier than it was once; time goes on from there.";
    head(out, "baton_clock_behind_seconds", help, "gauge");
    line(out, "baton_clock_behind_seconds", behind.as_secs());
}

fn count<K: Ord>(counters: &Counters<K>, key: K) {
    *counters.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
}

/// All counters of a name, each with its labels.
fn family<K>(out: &mut String, name: &str, help: &str, counters: &Counters<K>, labels: impl Fn(&K) -> String) {
    head(out, name, help, "counter");
    for (key, number) in counters.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        line(out, &format!("{name}{{{}}}", labels(key)), number);
    }
}

fn head(out: &mut String, name: &str, help: &str, kind: &str) {
    // writing to a String cannot fail
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(out: &mut String, name: &str, value: impl std::fmt::Display) {
    let _ = writeln!(out, "{name} {value}");
}

/// Microseconds as seconds, exactly.
fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::{Duration, Metrics, Verdict};

    #[test]
    fn counters_are_written_as_prometheus_text() {
        let metrics = Metrics::default();
        metrics.request("{base}/{type}", 200, Duration::from_millis(3));
        metrics.request("{base}/{type}", 200, Duration::from_secs(7));
        metrics.message("netsmart", "submit-service-request", Verdict::Accepted);
        let text = metrics.text();
        for line in [
            "baton_requests_total{route=\"{base}/{type}\",status=\"200\"} 2",
            "baton_messages_total{exchange=\"netsmart\",event=\"submit-service-request\",verdict=\"accepted\"} 1",
            "baton_request_seconds_bucket{le=\"0.002500\"} 0",
            "baton_request_seconds_bucket{le=\"5.000000\"} 1",
            "baton_request_seconds_bucket{le=\"+Inf\"} 2",
            "baton_request_seconds_sum 7.003000",
        ] {
            assert!(text.lines().any(|written| written == line), "{line} in\n{text}");
        }
    }

    #[test]
    fn a_request_is_in_flight_until_it_ends() {
        let metrics = Metrics::default();
        let one = metrics.begin();
        assert!(metrics.text().contains("baton_requests_in_flight 1"));
        drop(one);
        assert!(metrics.text().contains("baton_requests_in_flight 0"));
    }
}
