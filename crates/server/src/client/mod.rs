//! A small HTTP client for the demo and the benchmark: one keep-alive connection to a server on this machine.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request,
    client::conn::http1::{SendRequest, handshake},
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST},
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Why a request got no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server cannot be reached.
    #[error("could not connect")]
    Connect(#[source] std::io::Error),
    /// The connection broke.
    #[error("the connection broke")]
    Broken(#[from] hyper::Error),
    /// A path or header cannot be sent.
    #[error("the request cannot be sent")]
    Request(#[from] hyper::http::Error),
}

/// A connection.
pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    host: String,
    token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The whole body.
    pub body: Bytes,
}

impl Answer {
    /// Whether the status says success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn connect(address: SocketAddr) -> Result<Client, ClientError> {
        #[expect(clippy::disallowed_methods, reason = "a server of the demo's or the benchmark's own, at its address")]
        let stream = TcpStream::connect(address).await.map_err(ClientError::Connect)?;
        stream.set_nodelay(true).map_err(ClientError::Connect)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(async move {
            // how it ended is told by the next request
            let _ = connection.await;
        });
        Ok(Client { sender, host: address.to_string(), token: None })
    }

    /// Sends the token with all requests from now on.
    pub fn authorize(&mut self, token: &str) {
        self.token = Some(format!("Bearer {token}"));
    }

    /// Gets a document in JSON.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn get(&mut self, path: &str) -> Result<Answer, ClientError> {
        self.send(Method::GET, path, "", Bytes::new()).await
    }

    /// Posts a body of a content type; wants JSON back.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn post(
        &mut self,
        path: &str,
        content_type: &str,
        body: impl Into<Bytes>,
    ) -> Result<Answer, ClientError> {
        self.send(Method::POST, path, content_type, body.into()).await
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Bytes,
    ) -> Result<Answer, ClientError> {
        let mut request = Request::builder().method(method).uri(path).header(HOST, &self.host);
        request = request.header(ACCEPT, "application/fhir+json");
        if !content_type.is_empty() {
            request = request.header(CONTENT_TYPE, content_type);
        }
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, token);
        }
        self.sender.ready().await?;
        let response = self.sender.send_request(request.body(Full::new(body))?).await?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, body })
    }
}

/// Gets a token by `client_credentials` with a secret in the form.
///
/// # Errors
/// When no answer came; `Ok(None)` when it holds no token.
pub async fn token(client: &mut Client, id: &str, secret: &str) -> Result<Option<String>, ClientError> {
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let answer = client.post("/oauth/token", "application/x-www-form-urlencoded", form).await?;
    let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    Ok(json["access_token"].as_str().map(str::to_owned))
}
