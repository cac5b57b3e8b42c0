//! Losses that a device has not computed yet: it goes on with the next step, whose batch is prepared meanwhile.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use burn::tensor::Tensor;

use super::{TrainError, read_loss};
use crate::model::DeviceError;

/// Steps that a device may have before it beyond the one that is waited for. With more it would not be faster, and what a
/// person stops would go on for longer.
const AHEAD_MAX: usize = 2;

/// The loss of a step that a device was asked for.
pub struct PendingLoss {
    step: u64,
    state: State,
}

enum State {
    Reading(Pin<Box<dyn Future<Output = Result<f64, DeviceError>>>>),
    Known(Result<f64, DeviceError>),
}

impl PendingLoss {
    /// Has the loss, `[1]`, of a step read back as soon as it is there, before what the device is asked for next.
    pub(super) fn of(step: u64, loss: Tensor<1>) -> Self {
        let mut pending = Self { step, state: State::Reading(Box::pin(read_loss(loss))) };
        // The first look is what begins the reading.
        pending.is_known();
        pending
    }

    /// Whether it can be had without waiting; on the CPU always.
    fn is_known(&mut self) -> bool {
        if let State::Reading(reading) = &mut self.state
            && let Poll::Ready(loss) = reading.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        {
            self.state = State::Known(loss);
        }
        matches!(self.state, State::Known(_))
    }

    /// The loss.
    ///
    /// # Errors
    /// When the device failed or the loss is no number; the step has not changed the model then.
    pub async fn wait(self) -> Result<f64, TrainError> {
        let loss = match self.state {
            State::Reading(reading) => reading.await?,
            State::Known(loss) => loss?,
        };
        if loss.is_finite() { Ok(loss) } else { Err(TrainError::NotFinite { step: self.step, loss }) }
    }
}

/// Steps that were asked for, each with what is to be told of it, in order.
pub struct Ahead<T>(VecDeque<(T, PendingLoss)>);

impl<T> Default for Ahead<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Ahead<T> {
    /// Takes in the newest step.
    pub fn push(&mut self, told: T, loss: PendingLoss) {
        self.0.push_back((told, loss));
    }

    /// The oldest step and its loss, if that is known or there are so many steps that it is waited for.
    ///
    /// # Errors
    /// When the device failed or the loss is no number.
    pub async fn due(&mut self) -> Result<Option<(T, f64)>, TrainError> {
        let is_known = self.0.front_mut().is_some_and(|(_, oldest)| oldest.is_known());
        if is_known || self.0.len() > AHEAD_MAX { self.next().await } else { Ok(None) }
    }

    /// The oldest step and its loss, when that is known.
    ///
    /// # Errors
    /// When the device failed or the loss is no number.
    pub async fn next(&mut self) -> Result<Option<(T, f64)>, TrainError> {
        let Some((told, oldest)) = self.0.pop_front() else { return Ok(None) };
        Ok(Some((told, oldest.wait().await?)))
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, future::poll_fn, rc::Rc};

    use pollster::block_on;

    use super::*;

    /// A device that has computed as many losses as it was let.
    #[derive(Clone, Default)]
    struct Slow(Rc<RefCell<u64>>);

    impl Slow {
        fn let_on(&self, steps: u64) {
            *self.0.borrow_mut() = steps;
        }

        /// Its loss of a step; one that is waited for gets done.
        fn loss(&self, step: u64) -> PendingLoss {
            let (done, mut looks) = (self.0.clone(), 0);
            let reading = poll_fn(move |context| {
                looks += 1;
                if *done.borrow() >= step || looks > 4 {
                    return Poll::Ready(Ok(step as f64));
                }
                context.waker().wake_by_ref();
                Poll::Pending
            });
            PendingLoss { step, state: State::Reading(Box::pin(reading)) }
        }
    }

    /// Takes in a step; returns those that are told.
    fn push(ahead: &mut Ahead<u64>, device: &Slow, step: u64) -> Vec<(u64, f64)> {
        ahead.push(step, device.loss(step));
        std::iter::from_fn(|| block_on(ahead.due()).unwrap()).collect()
    }

    #[test]
    fn steps_are_told_in_order_when_their_losses_are_known() {
        let (device, mut ahead) = (Slow::default(), Ahead::default());
        device.let_on(1);
        assert_eq!(push(&mut ahead, &device, 1), [(1, 1.0)], "at once");
        assert_eq!(push(&mut ahead, &device, 2), []);
        assert_eq!(push(&mut ahead, &device, 3), [], "the device may have two before it");
        device.let_on(2);
        assert_eq!(push(&mut ahead, &device, 4), [(2, 2.0)], "no more than are done");
        assert_eq!(push(&mut ahead, &device, 5), [(3, 3.0)], "the third is waited for");
        let rest: Vec<_> = std::iter::from_fn(|| block_on(ahead.next()).unwrap()).collect();
        assert_eq!(rest, [(4, 4.0), (5, 5.0)]);
    }

    #[test]
    fn a_loss_that_is_no_number_says_of_which_step() {
        let mut ahead = Ahead::default();
        let known = |step, loss| PendingLoss { step, state: State::Known(Ok(loss)) };
        ahead.push("good", known(7, 1.0));
        ahead.push("bad", known(8, f64::NAN));
        assert_eq!(block_on(ahead.due()).unwrap(), Some(("good", 1.0)));
        let end = block_on(ahead.due());
        assert!(matches!(end, Err(TrainError::NotFinite { step: 8, .. })), "{end:?}");
    }
}
