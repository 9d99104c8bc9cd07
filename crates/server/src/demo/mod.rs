//! `baton demo`: the main job with no configuration, through the real HTTP interface, in plain words.

mod place;
mod pointer;
mod referral;
mod step;
mod story;
mod words;

use std::{path::PathBuf, process::ExitCode};

use tokio::signal::unix::{SignalKind, signal};

use crate::{client::ClientError, config::ConfigError, log, start};

use place::Place;

/// How the demo runs.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Args {
    /// Where its files go; a fresh folder if nothing is said
    #[arg(long)]
    folder: Option<PathBuf>,
    /// The port; 8080 if it is free and nothing is said, else any
    #[arg(long)]
    port: Option<u16>,
    /// Stop after the story instead of serving on
    #[arg(long)]
    once: bool,
}

/// Why a demo ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file, folder or signal could not be used.
    #[error("{what}")]
    Outside {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// The configuration that the demo wrote was refused.
    #[error("the demo's own configuration was refused")]
    Config(#[from] ConfigError),
    /// The server did not start.
    #[error("the server did not start")]
    Start(#[from] crate::StartError),
    /// The server did not answer.
    #[error("the server did not answer")]
    Client(#[from] ClientError),
    /// The server answered otherwise than the story says. The demo never tells what did not happen.
    #[error("{step}: {what}")]
    Otherwise {
        /// Where in the story.
        step: &'static str,
        /// What happened instead.
        what: String,
    },
}

/// Tells the story, then serves until SIGTERM or SIGINT.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    log::start_quiet();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let told = match runtime {
        Ok(runtime) => runtime.block_on(tell(args)),
        Err(source) => Err(DemoError::Outside { what: "could not start", source }),
    };
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("baton demo: {}", log::with_sources(&error));
            ExitCode::FAILURE
        }
    }
}

async fn tell(args: &Args) -> Result<(), DemoError> {
    let outside = |what| move |source| DemoError::Outside { what, source };
    let mut term = signal(SignalKind::terminate()).map_err(outside("could not wait for signals"))?;
    let place = Place::prepare(args.folder.as_deref(), args.port)?;
    let running = start(place.config()?).await?;
    let story = story::tell(&place, running.address).await;
    if let Err(error) = story {
        running.stop().await;
        return Err(error);
    }
    if !args.once {
        println!("Serving at {} until Ctrl-C.", running.url);
        tokio::select! {
            _ = term.recv() => {}
            stopped = tokio::signal::ctrl_c() => stopped.map_err(outside("could not wait for Ctrl-C"))?,
        }
    }
    running.stop().await;
    Ok(())
}
