//! Another system that Baton calls: it answers as it is told, and knows who came.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

use crate::certificates::{Certified, provider};

/// Answers everything with the same bytes, then others for ever, then waits until the caller hangs up.
#[derive(Clone, Default)]
pub struct Receiver {
    pub answer: Vec<u8>,
    pub endless: Vec<u8>,
    pub tls: Option<Arc<ServerConfig>>,
}

/// A receiver at its address.
pub struct Listening {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Receiver {
    pub fn answering(answer: &str) -> Receiver {
        Receiver { answer: answer.as_bytes().to_vec(), ..Receiver::default() }
    }

    pub fn certified(mut self, certified: &Certified) -> Receiver {
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(certified.chain(), certified.private_key())
            .expect("its key");
        self.tls = Some(Arc::new(config));
        self
    }

    pub async fn listen(self) -> Listening {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let (connections, heard) = (Arc::<AtomicUsize>::default(), Arc::<Mutex<Vec<u8>>>::default());
        let (counted, written) = (connections.clone(), heard.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let (receiver, written) = (self.clone(), written.clone());
                tokio::spawn(async move {
                    match receiver.tls.clone() {
                        None => receiver.speak(stream, written).await,
                        Some(tls) => receiver.speak(TlsAcceptor::from(tls).accept(stream).await?, written).await,
                    }
                });
            }
        });
        Listening { address, connections, heard }
    }

    async fn speak<S: AsyncRead + AsyncWrite + Unpin>(
        self,
        mut stream: S,
        heard: Arc<Mutex<Vec<u8>>>,
    ) -> io::Result<()> {
        let mut buffer = [0; 4096];
        loop {
            let read = stream.read(&mut buffer).await?;
            if read == 0 {
                return Ok(());
            }
            heard.lock().expect("nobody panics").extend(&buffer[..read]);
            stream.write_all(&self.answer).await?;
            while !self.endless.is_empty() {
                stream.write_all(&self.endless).await?;
            }
            stream.flush().await?;
        }
    }
}

impl Listening {
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().expect("nobody panics")).into_owned()
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }
}
