//! Work for the writer that is rare and needs no statements of its own in its hands.

use rusqlite::Connection;

use super::{group::Trouble, job::Reply};
use crate::StoreError;

/// Something to write, and the one who waits for it.
pub(super) trait Chore: Send {
    /// Does it within the group's transaction, from the beginning each time.
    fn apply(&mut self, connection: &Connection) -> Result<(), Trouble>;
    /// Sends the answer.
    fn answer(self: Box<Self>);
    /// Says that it could not be done.
    fn fail(self: Box<Self>, error: StoreError);
    /// Whether nobody waits for it any more.
    fn is_abandoned(&self) -> bool;
}

/// A function as a chore.
pub(super) struct Doing<T, F> {
    pub(super) work: F,
    pub(super) reply: Reply<T>,
}

impl<T: Send, F: FnMut(&Connection) -> Result<T, Trouble> + Send> Chore for Doing<T, F> {
    fn apply(&mut self, connection: &Connection) -> Result<(), Trouble> {
        let answer = (self.work)(connection)?;
        self.reply.set(answer);
        Ok(())
    }

    fn answer(self: Box<Self>) {
        self.reply.send();
    }

    fn fail(self: Box<Self>, error: StoreError) {
        self.reply.fail(error);
    }

    fn is_abandoned(&self) -> bool {
        self.reply.is_abandoned()
    }
}
