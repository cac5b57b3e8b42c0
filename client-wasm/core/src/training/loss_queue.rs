//! The queue of losses that a device has not computed yet: the next step's batch is prepared and queued meanwhile.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use burn::tensor::Tensor;

use super::TrainError;
use crate::{compute::read_loss, model::DeviceError};

/// Steps that may be queued on a device behind the one whose loss is awaited. More would not be faster, and a training that a
/// person stops would run on for longer.
const QUEUED_MAX: usize = 2;

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
    /// Starts reading back the loss, `[1]`, of a step, before the device is given more work.
    pub(super) fn new(step: u64, loss: Tensor<1>) -> Self {
        let mut pending = Self { step, state: State::Reading(Box::pin(read_loss(loss))) };
        // The first poll starts the reading.
        pending.is_known();
        pending
    }

    /// Whether it is there without waiting; always on the CPU.
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
    /// When the device failed or the loss is not finite; the step has not changed the model then.
    pub async fn wait(self) -> Result<f64, TrainError> {
        let loss = match self.state {
            State::Reading(reading) => reading.await?,
            State::Known(loss) => loss?,
        };
        if loss.is_finite() { Ok(loss) } else { Err(TrainError::NotFinite { step: self.step, loss }) }
    }
}

/// The steps whose losses are not known yet, oldest first, each with what the caller reports with its loss.
pub struct LossQueue<T>(VecDeque<(T, PendingLoss)>);

impl<T> Default for LossQueue<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> LossQueue<T> {
    /// Adds the newest step.
    pub fn push(&mut self, report: T, loss: PendingLoss) {
        self.0.push_back((report, loss));
    }

    /// The oldest step and its loss, if the loss is known; waits for it where the queue is full.
    ///
    /// # Errors
    /// When the device failed or the loss is not finite.
    pub async fn due(&mut self) -> Result<Option<(T, f64)>, TrainError> {
        let is_known = self.0.front_mut().is_some_and(|(_, oldest)| oldest.is_known());
        if is_known || self.0.len() > QUEUED_MAX { self.next().await } else { Ok(None) }
    }

    /// Waits for the oldest step's loss; nothing when the queue is empty.
    ///
    /// # Errors
    /// When the device failed or the loss is not finite.
    pub async fn next(&mut self) -> Result<Option<(T, f64)>, TrainError> {
        let Some((report, oldest)) = self.0.pop_front() else { return Ok(None) };
        Ok(Some((report, oldest.wait().await?)))
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, future::poll_fn, rc::Rc};

    use pollster::block_on;

    use super::*;

    /// A device that has computed as many losses as the test says.
    #[derive(Clone, Default)]
    struct SlowDevice(Rc<RefCell<u64>>);

    impl SlowDevice {
        fn finish(&self, steps: u64) {
            *self.0.borrow_mut() = steps;
        }

        /// The loss of a step; one that is waited for gets computed.
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

    /// Adds a step; returns those whose losses are known.
    fn push(queue: &mut LossQueue<u64>, device: &SlowDevice, step: u64) -> Vec<(u64, f64)> {
        queue.push(step, device.loss(step));
        std::iter::from_fn(|| block_on(queue.due()).unwrap()).collect()
    }

    #[test]
    fn steps_come_in_order_when_their_losses_are_known() {
        let (device, mut queue) = (SlowDevice::default(), LossQueue::default());
        device.finish(1);
        assert_eq!(push(&mut queue, &device, 1), [(1, 1.0)], "at once");
        assert_eq!(push(&mut queue, &device, 2), []);
        assert_eq!(push(&mut queue, &device, 3), [], "two steps may be queued");
        device.finish(2);
        assert_eq!(push(&mut queue, &device, 4), [(2, 2.0)], "no more than are done");
        assert_eq!(push(&mut queue, &device, 5), [(3, 3.0)], "the third is waited for");
        let rest: Vec<_> = std::iter::from_fn(|| block_on(queue.next()).unwrap()).collect();
        assert_eq!(rest, [(4, 4.0), (5, 5.0)]);
    }

    #[test]
    fn a_loss_that_is_not_finite_says_of_which_step() {
        let mut queue = LossQueue::default();
        let known = |step, loss| PendingLoss { step, state: State::Known(Ok(loss)) };
        queue.push("good", known(7, 1.0));
        queue.push("bad", known(8, f64::NAN));
        assert_eq!(block_on(queue.due()).unwrap(), Some(("good", 1.0)));
        let end = block_on(queue.due());
        assert!(matches!(end, Err(TrainError::NotFinite { step: 8, .. })), "{end:?}");
    }
}
