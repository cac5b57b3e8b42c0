//! The observer of long operations: hands events to JavaScript.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use fedner_core::{
    enrolment::{Enrolment, EnrolmentStore},
    leak::SentUpdate,
    model::Model,
    observer::{Event, Observer, StepThrottle, is_due},
    session::Choice,
};
use fedner_interface::EnrolledEvent;
use fedner_js::{set, set_bytes, to_js};
use js_sys::{Date, Function, Object};
use wasm_bindgen::JsValue;

use crate::abort::{EventLoop, Stop};

/// Milliseconds from one checkpoint of a training to the next: at most so much of it is lost with the tab, and on a fast
/// device no more than a percent of the time goes into keeping it.
const CHECKPOINT_EVERY_MS: f64 = 10_000.0;
/// Milliseconds from one event of steps to the next. The page draws its figures with each one: with every frame that took
/// a third of a processor.
const STEPS_EVERY_MS: f64 = 100.0;
/// Share of the newest figure in the shown speed.
const SPEED_SMOOTHING: f64 = 0.1;

/// What the engine keeps of an operation while it goes on.
pub struct Kept {
    /// The model that predictions use.
    pub published: Rc<RefCell<Option<Model>>>,
    /// The newest update that was sent.
    pub sent: Rc<RefCell<Option<SentUpdate>>>,
}

/// Hands events to JavaScript, and keeps what the engine needs meanwhile.
pub struct Reporter {
    on_event: Function,
    stop: Stop,
    event_loop: EventLoop,
    kept: Kept,
    choice: Rc<Cell<Choice>>,
    throttle: StepThrottle,
    last_step_ms: Option<f64>,
    last_checkpoint_ms: f64,
    words_per_s: Option<f64>,
}

impl Reporter {
    /// A reporter for one operation.
    pub fn new(on_event: Function, stop: Stop, kept: Kept, choice: Rc<Cell<Choice>>) -> Result<Self, JsValue> {
        let (event_loop, last_checkpoint_ms) = (EventLoop::new()?, Date::now());
        let throttle = StepThrottle::new(STEPS_EVERY_MS);
        Ok(Self {
            on_event,
            stop,
            event_loop,
            kept,
            choice,
            throttle,
            last_step_ms: None,
            last_checkpoint_ms,
            words_per_s: None,
        })
    }

    fn report(&mut self, event: &Event, came_ms: f64) {
        let Ok(object) = to_js(event) else { return };
        if let Event::Step { words, .. } = event {
            let speed = self.speed(*words, came_ms).map_or(JsValue::NULL, JsValue::from_f64);
            set(&object, "words_per_s", &speed);
        } else {
            self.last_step_ms = None;
        }
        self.send(&object);
    }

    fn send(&self, event: &JsValue) {
        // A page that fails to draw must not end the training.
        let _ = self.on_event.call1(&JsValue::UNDEFINED, event);
    }

    /// Words a second, smoothed over steps; nothing after the first one.
    fn speed(&mut self, words: usize, came_ms: f64) -> Option<f64> {
        let last = self.last_step_ms.replace(came_ms)?;
        let speed = words as f64 * 1000.0 / (came_ms - last).max(1.0);
        let smooth = self.words_per_s.map_or(speed, |old| old + SPEED_SMOOTHING * (speed - old));
        self.words_per_s = Some(smooth);
        self.words_per_s
    }
}

impl Observer for Reporter {
    fn event(&mut self, event: Event) {
        for (event, came_ms) in self.throttle.take(event, Date::now()) {
            self.report(&event, came_ms);
        }
    }

    fn publish(&mut self, model: &Model) {
        *self.kept.published.borrow_mut() = Some(model.clone());
    }

    fn sent(&mut self, update: SentUpdate) {
        *self.kept.sent.borrow_mut() = Some(update);
    }

    fn model_choice(&self) -> Choice {
        self.choice.get()
    }

    fn checkpoint(&mut self, bytes: Vec<u8>) {
        // A checkpoint is the last event of a training.
        if let Some((event, came_ms)) = self.throttle.flush() {
            self.report(&event, came_ms);
        }
        self.last_step_ms = None;
        self.last_checkpoint_ms = Date::now();
        let object = Object::new();
        set(&object, "kind", &"checkpoint".into());
        set_bytes(&object, "bytes", &bytes);
        self.send(&object);
    }

    fn checkpoint_is_due(&self, _: u64) -> bool {
        is_due(self.last_checkpoint_ms, Date::now(), CHECKPOINT_EVERY_MS)
    }

    fn is_cancelled(&self) -> bool {
        self.stop.is_stopped()
    }

    async fn yield_now(&mut self) {
        self.event_loop.run_once().await;
    }
}

/// Hands enrolments to the page, which keeps them in the browser's storage.
pub struct EnrolmentReporter {
    on_event: Function,
}

impl EnrolmentReporter {
    /// For the page's event handler.
    pub fn new(on_event: Function) -> Self {
        Self { on_event }
    }
}

impl EnrolmentStore for EnrolmentReporter {
    fn keep(&mut self, enrolment: &Enrolment) {
        if let Ok(event) = to_js(&EnrolledEvent::new(enrolment.clone())) {
            let _ = self.on_event.call1(&JsValue::UNDEFINED, &event);
        }
    }
}
