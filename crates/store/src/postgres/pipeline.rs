//! Sends several statements before the first answer is there: one round trip instead of many.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// A statement on its way.
pub(super) type Step<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Runs all steps and gives back their results in the same order.
///
/// A connection works in the order in which steps were first polled, which is the order of the list. That only holds
/// when no step has to prepare its statement: see [`super::commit::PREPARED`].
pub(super) fn all<T: Unpin>(steps: Vec<Step<'_, T>>) -> All<'_, T> {
    All { slots: steps.into_iter().map(Slot::Running).collect() }
}

/// See [`all`].
pub(super) struct All<'a, T> {
    slots: Vec<Slot<'a, T>>,
}

enum Slot<'a, T> {
    Running(Step<'a, T>),
    Done(T),
}

impl<T: Unpin> Future for All<'_, T> {
    type Output = Vec<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<T>> {
        let mut waiting = false;
        for slot in &mut self.slots {
            if let Slot::Running(step) = slot {
                match step.as_mut().poll(context) {
                    Poll::Ready(result) => *slot = Slot::Done(result),
                    Poll::Pending => waiting = true,
                }
            }
        }
        if waiting {
            return Poll::Pending;
        }
        let done = |slot| match slot {
            Slot::Done(result) => Some(result),
            Slot::Running(_) => None,
        };
        Poll::Ready(self.slots.drain(..).filter_map(done).collect())
    }
}
