//! Lines read and checked ahead, on threads of their own, while the store is busy with those before.

use std::{io::Read, sync::Arc};

use baton_dialects::nrl::{Body, Imported, Locator, Remark, Voice, imported};
use baton_exchange::{audit::Interaction, id::MessageId};
use baton_fhir::format::Format;
use tokio::sync::mpsc;

use super::{
    BATCH_LINES, ImportError,
    lines::{Line, Lines},
    rules,
};
use crate::{clock::Clock, operator::Place};

/// A batch takes no more lines once it has so many bytes.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// How many batches wait at most.
const AHEAD: usize = 2;
/// How many threads check lines at most: the store needs some, too.
const THREADS_MAX: usize = 8;

/// A line that was looked at: a pointer, or what is wrong with it.
pub(super) struct Checked {
    pub(super) line: u64,
    pub(super) pointer: Result<Box<Imported>, Vec<Remark>>,
}

/// Lines that follow each other.
pub(super) struct Batch {
    pub(super) lines: Vec<Checked>,
    /// How much of the source is behind them.
    pub(super) bytes_read: u64,
}

/// Starts the thread. It ends with the source, and when nobody takes its batches any more.
pub(super) fn start(
    place: &Place,
    source: impl Read + Send + 'static,
) -> Result<mpsc::Receiver<Result<Batch, ImportError>>, ImportError> {
    let (to, batches) = mpsc::channel(AHEAD);
    let mut reader = Reader {
        lines: Lines::new(source, place.body_bytes_max),
        locator: Arc::clone(&place.locator),
        clock: place.clock.clone(),
        threads: std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX),
    };
    // no task of the runtime: nothing ends it while it waits for standard input
    let thread = std::thread::Builder::new().name("import-lines".into());
    let failed = |source| ImportError::File { what: "cannot start to read", file: "the source".into(), source };
    thread
        .spawn(move || {
            while let Some(batch) = reader.batch().transpose() {
                let is_last = batch.is_err();
                if to.blocking_send(batch).is_err() || is_last {
                    return;
                }
            }
        })
        .map_err(failed)?;
    Ok(batches)
}

struct Reader<R> {
    lines: Lines<R>,
    locator: Arc<Locator>,
    clock: Clock,
    threads: usize,
}

impl<R: Read> Reader<R> {
    fn batch(&mut self) -> Result<Option<Batch>, ImportError> {
        let failed = |source| ImportError::File { what: "cannot read on in", file: "the source".into(), source };
        let (mut lines, mut bytes) = (Vec::new(), 0);
        while lines.len() < BATCH_LINES && bytes < BATCH_BYTES {
            let Some(line) = self.lines.next().map_err(failed)? else { break };
            bytes += line.text.as_ref().map_or(0, Vec::len);
            lines.push(line);
        }
        let bytes_read = self.lines.bytes_read();
        Ok((!lines.is_empty()).then(|| Batch { lines: self.all_checked(&lines), bytes_read }))
    }

    /// Checks lines on several threads. They keep their order.
    fn all_checked(&self, lines: &[Line]) -> Vec<Checked> {
        let share = lines.len().div_ceil(self.threads);
        let (locator, clock) = (&*self.locator, &self.clock);
        let check = move |lines: &[Line]| lines.iter().map(|line| checked(locator, clock, line)).collect::<Vec<_>>();
        let mut shares = lines.chunks(share.max(1));
        let first = shares.next().unwrap_or_default();
        std::thread::scope(|scope| {
            let others: Vec<_> = shares.map(|lines| scope.spawn(move || check(lines))).collect();
            let mut all = check(first);
            for other in others {
                // a panic there is one here
                all.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            all
        })
    }
}

fn checked(locator: &Locator, clock: &Clock, line: &Line) -> Checked {
    let Line { number, text } = line;
    let Some(text) = text else { return Checked { line: *number, pointer: Err(vec![rules::too_long()]) } };
    let body = Body { bytes: text, format: Format::Json };
    let pointer = imported(locator, body, clock.now()).map(Box::new).map_err(|refused| {
        // nobody gets an answer under this id
        let message = MessageId([0; 16]);
        Voice { wording: locator.wording, interaction: Interaction::Create, message }.remarks(&refused)
    });
    Checked { line: *number, pointer }
}
