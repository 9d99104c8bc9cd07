//! Lines on standard error: one for each request, without anything personal. Nobody waits until they are taken.

mod queue;

use std::{
    io::{IsTerminal, stderr},
    thread,
    time::Duration,
};

use baton_exchange::{access::Caller, audit::Actor, id::PartnerId};
use hyper::{Method, StatusCode};
use tracing_subscriber::{EnvFilter, fmt::writer::BoxMakeWriter};

pub(crate) use self::queue::LINES_MAX;
use self::queue::{Lines, Queue};
use crate::{failure::Failure, http::trace::Trace};

/// Lines that are not written yet.
static QUEUE: Queue = Queue::new(LINES_MAX);

/// How long the end of the program waits for somebody to take the last lines.
const FINISH_TIME: Duration = Duration::from_secs(2);

/// Starts logging to standard error. `BATON_LOG` says how much, as in `BATON_LOG=debug`; without it, `info`.
///
/// A panic is logged by its place alone: its text may hold a piece of a message.
pub fn start() {
    start_with("info");
}

/// As [`start`], but without a line for each request: for a terminal that somebody reads.
pub fn start_quiet() {
    start_with("warn");
}

fn start_with(otherwise: &str) {
    let filter = EnvFilter::try_from_env("BATON_LOG").unwrap_or_else(|_| EnvFilter::new(otherwise));
    let logging = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer())
        .with_ansi(stderr().is_terminal())
        .with_target(false);
    // a second start, as in tests, keeps the first
    let _ = logging.try_init();
    std::panic::set_hook(Box::new(|panic| {
        match panic.location() {
            Some(place) => tracing::error!("panic at {place}"),
            None => tracing::error!("panic"),
        }
        if thread::current().name() == Some("main") {
            finish();
        }
    }));
    baton_store::before_it_ends_the_process(finish);
}

/// A thread of its own writes the lines: standard error may be a pipe that is full, and requests must not wait for its reader.
fn writer() -> BoxMakeWriter {
    let tell = |lost| tracing::warn!("{lost} lines of this log were dropped: standard error did not take them");
    let writing = move || QUEUE.write_to(&mut stderr(), tell);
    match thread::Builder::new().name("log".to_owned()).spawn(writing) {
        Ok(_) => BoxMakeWriter::new(|| Lines(&QUEUE)),
        Err(_) => BoxMakeWriter::new(stderr),
    }
}

/// Waits until all lines are written, for two seconds at most: to be called when the program ends.
pub fn finish() {
    QUEUE.finish(FINISH_TIME);
}

/// How many lines were dropped because standard error did not take them, in time or at all.
#[must_use]
pub fn dropped() -> u64 {
    QUEUE.dropped()
}

/// A failure with all that caused it.
#[must_use]
pub fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// What becomes known of a request while it is answered.
#[derive(Debug, Default)]
pub struct RequestLine {
    partner: Option<PartnerId>,
    actor: Actor,
    failure: Option<String>,
}

impl RequestLine {
    /// Who asked.
    pub fn partner(&mut self, partner: &PartnerId) {
        self.partner = Some(partner.clone());
    }

    /// Who asked at an exchange, with the person and the app behind the partner.
    pub fn caller(&mut self, caller: &Caller) {
        self.partner(&caller.partner);
        self.actor = caller.actor();
    }

    /// The person and the app that acted in the partner's name. They are for the audit, and in no line on standard error.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Who asked, as far as that is known.
    #[must_use]
    pub fn by(&self) -> Option<&PartnerId> {
        self.partner.as_ref()
    }

    /// Why the machine could not.
    pub fn failed(&mut self, failure: &Failure) {
        self.failure = Some(with_sources(failure));
    }

    /// Writes the line. `route` is a template: paths may name people's records.
    pub fn write(&self, method: &Method, route: &str, status: StatusCode, took: Duration, trace: &Trace) {
        let partner = self.partner.as_ref().map_or("-", PartnerId::as_str);
        let (status, ms, id) = (status.as_u16(), took.as_micros() as f64 / 1000.0, trace.request_id.as_str());
        match &self.failure {
            None => {
                tracing::info!(%partner, request.id = id, "{method} {route} {status} {ms:.1} ms");
            }
            Some(failure) => {
                tracing::error!(%partner, request.id = id, "{method} {route} {status} {ms:.1} ms: {failure}");
            }
        }
    }
}
