//! Referral messages through both sides.

mod bare;
mod plot;
mod report;
mod requests;

use std::time::Duration;

use super::{
    BenchError, Output,
    folder::Folder,
    load::Load,
    progress,
    side::{self, Side, SideName, Task},
    slices::{self, Slice},
};

use report::Report;
use requests::Messages;

pub(super) use bare::run as run_bare;
pub(super) use requests::EXCHANGE;

/// How to measure messages.
#[derive(clap::Args, Clone, Debug)]
pub struct MessageArgs {
    /// Keep-alive connections that send at the same time
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    connections: u16,
    /// Slices per side; both sides alternate
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(2..=600))]
    slices: u16,
    /// Length of a slice in milliseconds
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(20..=60_000))]
    slice_millis: u64,
    /// Messages that both sides get before anything is measured
    #[arg(long, default_value_t = 0)]
    prefill: u64,
    #[command(flatten)]
    pub(super) output: Output,
}

/// Measures both sides in alternation.
pub(super) async fn measure(args: &MessageArgs) -> Result<Report, BenchError> {
    let slice = Duration::from_millis(args.slice_millis);
    let mut baton = Side::start(SideName::Baton, Task::Messages, Folder::make("baton")?, 0)?;
    let mut baton_load = Load::connect(&baton, args.connections, Messages::to(&baton)).await?;
    // a first message shows how many rows Baton writes for each, so that the bare loop writes as many
    let empty = baton.measure()?;
    baton_load.send(1, None).await?;
    let rows = baton.measure()?.rows.saturating_sub(empty.rows);
    let mut bare = Side::start(SideName::Bare, Task::Messages, Folder::make("bare")?, rows)?;
    let mut bare_load = Load::connect(&bare, args.connections, Messages::to(&bare)).await?;

    let order = slices::order(&[SideName::Baton, SideName::Bare], usize::from(args.slices));
    let progress = progress(order.len() as u64 + 2, "{bar:30} {pos}/{len} {msg} {eta}");
    let mut measured: Vec<Slice> = Vec::new();
    for (side, load) in [(&mut baton, &mut baton_load), (&mut bare, &mut bare_load)] {
        progress.set_message(format!("warming up {}", side.name()));
        load.send(args.prefill, None).await?;
        load.send(u64::MAX, Some(slice * 2)).await?;
        progress.inc(1);
    }
    for name in order {
        let (side, load) = match name {
            SideName::Baton => (&mut baton, &mut baton_load),
            SideName::Bare => (&mut bare, &mut bare_load),
        };
        progress.set_message(format!("measuring {}", side.name()));
        measured.push(load.slice(side, u64::MAX, slice).await?);
        progress.inc(1);
    }
    progress.finish_and_clear();
    let per_message =
        |side: &Side, sent: u64| -> Result<f64, BenchError> { Ok(side.measure()?.bytes as f64 / sent as f64) };
    Ok(Report {
        connections: args.connections,
        slice,
        prefill: args.prefill,
        message_bytes: Messages::to(&baton).message_bytes(),
        rows,
        scheduling: side::scheduling(),
        baton_disk: per_message(&baton, baton_load.accepted())?,
        bare_disk: per_message(&bare, bare_load.accepted())?,
        slices: measured,
    })
}
