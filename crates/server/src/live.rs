//! What may be replaced while it is used: who took it before goes on with what it took.

use std::sync::{Arc, PoisonError, RwLock};

use crate::listener::ListenerNumber;

/// Something of which there is always one, and not always the same.
#[derive(Debug, Default)]
pub struct Live<T>(RwLock<Arc<T>>);

impl<T> Live<T> {
    /// Begins with this.
    #[must_use]
    pub fn new(first: T) -> Live<T> {
        Live(RwLock::new(Arc::new(first)))
    }

    /// The one that there is now. It stays as it is as long as somebody holds it.
    #[must_use]
    pub fn now(&self) -> Arc<T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on there is another one.
    pub fn replace(&self, next: T) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
    }
}

/// Something at a path, where it stays as long as the server runs. A request goes on with what it found there.
#[derive(Debug)]
pub struct Mounted<T> {
    path: String,
    listener: ListenerNumber,
    current: Live<T>,
}

impl<T> Mounted<T> {
    /// At a path of a listener, with this to begin with.
    #[must_use]
    pub fn new(listener: ListenerNumber, path: String, first: T) -> Mounted<T> {
        Mounted { path, listener, current: Live::new(first) }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The listener at which it is.
    #[must_use]
    pub fn listener(&self) -> ListenerNumber {
        self.listener
    }

    /// As it is now.
    #[must_use]
    pub fn now(&self) -> Arc<T> {
        self.current.now()
    }

    /// From now on it is another one.
    pub fn replace(&self, next: T) {
        self.current.replace(next);
    }
}
