//! How much work a patch or a path may make: a count of steps, the same on every machine.

/// Steps that are left. A step is about a node that is looked at.
#[derive(Debug)]
pub(crate) struct Budget {
    steps: usize,
}

/// There are no steps left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exhausted;

impl Budget {
    pub(crate) fn new(steps: usize) -> Budget {
        Budget { steps }
    }

    /// Takes some steps. When there are not as many, none are left afterwards.
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), Exhausted> {
        let left = self.steps.checked_sub(steps);
        self.steps = left.unwrap_or(0);
        left.map(|_| ()).ok_or(Exhausted)
    }

    /// Takes steps for looking at a text: short texts are free, because their node was paid for.
    pub(crate) fn spend_text(&mut self, text: &str) -> Result<(), Exhausted> {
        self.spend(text.len() / 64)
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, Exhausted};

    #[test]
    fn the_last_step_can_be_taken_and_none_after_it() {
        let mut budget = Budget::new(3);
        assert_eq!(budget.spend(3), Ok(()));
        assert_eq!(budget.spend(1), Err(Exhausted));
    }

    #[test]
    fn nothing_is_left_when_too_much_was_asked_for() {
        let mut budget = Budget::new(3);
        assert_eq!(budget.spend(4), Err(Exhausted));
        assert_eq!(budget.spend(1), Err(Exhausted));
    }
}
