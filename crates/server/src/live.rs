//! What may be replaced while it is used: who took it before goes on with what it took.

use std::sync::{Arc, PoisonError, RwLock};

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
