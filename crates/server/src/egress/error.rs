//! Why a call got no answer. Nothing here holds a path, a query or a body: they may name a person.

use std::{error::Error, io, time::Duration};

use hyper_util::client::legacy;
use tokio_rustls::rustls;

use super::{HEAD_BYTES_MAX, TargetFault};

/// Why a call got no answer, or not the whole of it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EgressError {
    /// The address cannot be called at all.
    #[error("the address cannot be called: {0}")]
    NoTarget(#[from] TargetFault),
    /// The origin is not registered for this purpose.
    #[error("{host} is not registered for this")]
    NotAllowed {
        /// Its host.
        host: String,
    },
    /// The host has no address that may be called.
    #[error("{host} has no address that may be called")]
    ForbiddenAddress {
        /// Its host.
        host: String,
    },
    /// Nobody answers there, or the name has no address.
    #[error("{host} cannot be reached: {kind}")]
    Unreachable {
        /// Its host.
        host: String,
        /// What the system says.
        kind: io::ErrorKind,
    },
    /// It took too long to connect, or all in all.
    #[error("{host} took more than {limit:?}")]
    Timeout {
        /// Its host.
        host: String,
        /// The limit.
        limit: Duration,
    },
    /// The answer has more bytes than may be read.
    #[error("{host} answers with more than {bytes_max} bytes")]
    TooLarge {
        /// Its host.
        host: String,
        /// The limit.
        bytes_max: u64,
    },
    /// There is no trust: another name, an unknown authority, an expired certificate, an old protocol.
    #[error("{host} cannot be trusted: {reason}")]
    Tls {
        /// Its host.
        host: String,
        /// What TLS says.
        reason: rustls::Error,
    },
    /// The connection broke, or what came is no HTTP.
    #[error("{host} does not speak HTTP as it should: {reason}")]
    Protocol {
        /// Its host.
        host: String,
        /// What is wrong.
        reason: &'static str,
    },
}

impl EgressError {
    /// What went wrong before the head of an answer.
    pub(super) fn of_client(host: String, error: &legacy::Error) -> EgressError {
        let mut cause = error.source();
        while let Some(known) = cause {
            if let Some(ours) = known.downcast_ref::<EgressError>() {
                return ours.clone();
            }
            if let Some(http) = known.downcast_ref::<hyper::Error>() {
                return EgressError::of_http(host, http);
            }
            cause = known.source();
        }
        EgressError::Protocol { host, reason: "the call could not be made" }
    }

    /// What went wrong in HTTP.
    pub(super) fn of_http(host: String, error: &hyper::Error) -> EgressError {
        // a server may refuse in TLS after the handshake is over
        let broken = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
        if let Some(broken) = broken {
            return match tls_reason(broken) {
                Some(reason) => EgressError::Tls { host, reason },
                None => EgressError::Protocol { host, reason: "the connection broke" },
            };
        }
        if error.is_parse_too_large() {
            return EgressError::TooLarge { host, bytes_max: HEAD_BYTES_MAX as u64 };
        }
        let reason = if error.is_parse() {
            "the answer is no HTTP"
        } else if error.is_incomplete_message() {
            "the answer ends early"
        } else {
            "the connection broke"
        };
        EgressError::Protocol { host, reason }
    }

    /// What went wrong in a handshake.
    pub(super) fn of_handshake(host: String, error: &io::Error) -> EgressError {
        match tls_reason(error) {
            Some(reason) => EgressError::Tls { host, reason },
            None => EgressError::Unreachable { host, kind: error.kind() },
        }
    }
}

fn tls_reason(error: &io::Error) -> Option<rustls::Error> {
    error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>()).cloned()
}
