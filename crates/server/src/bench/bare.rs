//! The bare sides' HTTP: hyper, and nothing between it and what answers.

use std::{convert::Infallible, future::Future, io, process::ExitCode, sync::Arc};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// What a bare side answers.
pub type Answer = Response<Full<Bytes>>;

/// Serves from a store until the process is killed.
pub fn run<S, E, A>(
    open: impl FnOnce() -> Result<S, E>,
    answer: impl Fn(Arc<S>, Request<Incoming>) -> A + Copy + Send + 'static,
) -> ExitCode
where
    S: Send + Sync + 'static,
    E: std::error::Error + Send + Sync + 'static,
    A: Future<Output = Answer> + Send + 'static,
{
    let served = || -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let store = Arc::new(open().map_err(io::Error::other)?);
        runtime.block_on(serve(store, answer))
    };
    match served() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the bare side: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve<S, A>(
    store: Arc<S>,
    answer: impl Fn(Arc<S>, Request<Incoming>) -> A + Copy + Send + 'static,
) -> io::Result<()>
where
    S: Send + Sync + 'static,
    A: Future<Output = Answer> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("ready http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let store = store.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let answer = answer(store.clone(), request);
                async move { Ok::<_, Infallible>(answer.await) }
            });
            // a client that goes away is no news
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// An answer with a body.
pub fn reply(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response
}

/// A body as JSON, and its bytes.
pub async fn read(body: Incoming) -> Option<(Bytes, serde_json::Value)> {
    let bytes = body.collect().await.ok()?.to_bytes();
    let value = serde_json::from_slice(&bytes).ok()?;
    Some((bytes, value))
}
