//! The observer of long operations: hands events to JavaScript.

use std::{cell::RefCell, rc::Rc};

use fedner_core::{
    model::Model,
    observer::{Event, Observer},
    thinned::{Thinned, is_due},
};
use js_sys::{Date, Function, Object, Reflect, Uint8Array};
use wasm_bindgen::JsValue;

use crate::{
    abort::{Breath, Stop},
    objects::to_js,
};

/// Milliseconds from one checkpoint of a training to the next: at most so much of it is lost with the tab, and on a fast
/// device no more than a percent of the time goes into keeping it.
const CHECKPOINT_EVERY_MS: f64 = 10_000.0;
/// Milliseconds from one event of steps to the next. The page draws its figures with each one: with every frame that took
/// a third of a processor.
const STEPS_EVERY_MS: f64 = 100.0;
/// Share of the newest figure in the shown speed.
const SPEED_SMOOTHING: f64 = 0.1;

/// Hands events to JavaScript, and keeps the model that predictions use meanwhile.
pub struct Reporter {
    on_event: Function,
    stop: Stop,
    breath: Breath,
    published: Rc<RefCell<Option<Model>>>,
    thinned: Thinned,
    last_step_ms: Option<f64>,
    last_checkpoint_ms: f64,
    words_per_s: Option<f64>,
}

impl Reporter {
    /// A reporter for one operation.
    pub fn new(on_event: Function, stop: Stop, published: Rc<RefCell<Option<Model>>>) -> Result<Self, JsValue> {
        let (breath, last_checkpoint_ms) = (Breath::new()?, Date::now());
        let thinned = Thinned::new(STEPS_EVERY_MS);
        Ok(Self {
            on_event,
            stop,
            breath,
            published,
            thinned,
            last_step_ms: None,
            last_checkpoint_ms,
            words_per_s: None,
        })
    }

    fn report(&mut self, event: &Event, came_ms: f64) {
        let Ok(object) = to_js(event) else { return };
        if let Event::Step { words, .. } = event {
            let speed = self.speed(*words, came_ms).map_or(JsValue::NULL, JsValue::from_f64);
            let _ = Reflect::set(&object, &"words_per_s".into(), &speed);
        } else {
            self.last_step_ms = None;
        }
        self.tell(&object);
    }

    fn tell(&self, event: &JsValue) {
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
        for (event, came_ms) in self.thinned.take(event, Date::now()) {
            self.report(&event, came_ms);
        }
    }

    fn publish(&mut self, model: &Model) {
        *self.published.borrow_mut() = Some(model.clone());
    }

    fn checkpoint(&mut self, bytes: Vec<u8>) {
        // The last thing that happens in a training.
        if let Some((event, came_ms)) = self.thinned.rest() {
            self.report(&event, came_ms);
        }
        self.last_step_ms = None;
        self.last_checkpoint_ms = Date::now();
        let object = Object::new();
        let _ = Reflect::set(&object, &"kind".into(), &"checkpoint".into());
        let _ = Reflect::set(&object, &"bytes".into(), &Uint8Array::from(bytes.as_slice()));
        self.tell(&object);
    }

    fn checkpoint_is_due(&self, _: u64) -> bool {
        is_due(self.last_checkpoint_ms, Date::now(), CHECKPOINT_EVERY_MS)
    }

    fn is_cancelled(&self) -> bool {
        self.stop.is_stopped()
    }

    async fn breathe(&mut self) {
        self.breath.take().await;
    }
}
