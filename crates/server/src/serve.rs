//! `baton serve`: a server until it is told to stop.

use std::{
    io::{Write, stdout},
    path::Path,
    process::ExitCode,
};

use tokio::signal::unix::{SignalKind, signal};

use crate::{
    cli::{ServeArgs, UNUSABLE},
    clock::Trust,
    config::Config,
    log,
    start::{Running, start_trusting},
};

/// After how many steps of work a thread looks for what has come meanwhile. Steps are long here, and who comes next may go first.
const STEPS_BETWEEN_EVENTS: u32 = 7;

/// Serves until SIGTERM or SIGINT; reads configuration and certificates again at SIGHUP.
#[must_use]
pub fn run(args: &ServeArgs) -> ExitCode {
    let config = match Config::load(&args.config) {
        Ok(config) => config,
        Err(error) => return unusable(&error),
    };
    log::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().event_interval(STEPS_BETWEEN_EVENTS).build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return unusable(&error),
    };
    let trust = if args.accept_clock { Trust::Machine } else { Trust::Database };
    match runtime.block_on(serve(config, &args.config, trust)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => unusable(error.as_ref()),
    }
}

async fn serve(config: Config, file: &Path, trust: Trust) -> Result<(), Box<dyn std::error::Error>> {
    let (mut term, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut hangup = signal(SignalKind::hangup())?;
    let mut running = start_trusting(config, trust).await?;
    // the lines are for scripts, and the first is that of [server]; without a reader the server serves all the same
    let mut out = stdout().lock();
    let others = running.listeners.iter().map(|other| format!("ready {} {}\n", other.url, other.id));
    let lines = format!("ready {}\n{}", running.url, others.collect::<String>());
    if out.write_all(lines.as_bytes()).and_then(|()| out.flush()).is_err() {
        tracing::warn!("nobody reads the ready line");
    }
    drop(out);
    loop {
        tokio::select! {
            _ = term.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => reload(&mut running, file),
        }
    }
    tracing::info!("told to stop: requests under way may finish");
    running.stop().await;
    Ok(())
}

/// Reads all again. What is of no use leaves what there was; certificates have to be changed in time, whatever is being written
/// into the configuration.
fn reload(running: &mut Running, file: &Path) {
    running.reload_certificates();
    match Config::load(file) {
        Ok(config) => running.reload(config),
        Err(error) => tracing::error!("the old configuration stays: {error}"),
    }
}

fn unusable(error: &dyn std::error::Error) -> ExitCode {
    // what was logged comes before it
    log::finish();
    eprintln!("baton: {}", log::with_sources(error));
    ExitCode::from(UNUSABLE)
}
