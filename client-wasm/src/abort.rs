//! Cancellation: one flag for loops, one `AbortSignal` for requests, and waits that end early.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, MessageChannel};

/// Stops the operation under way. Each operation starts with a fresh one.
#[derive(Clone)]
pub struct Stop {
    controller: Rc<RefCell<AbortController>>,
}

impl Stop {
    /// Nothing is stopped yet.
    pub fn new() -> Result<Self, JsValue> {
        Ok(Self { controller: Rc::new(RefCell::new(AbortController::new()?)) })
    }

    /// Begins a new operation.
    pub fn reset(&self) -> Result<(), JsValue> {
        *self.controller.borrow_mut() = AbortController::new()?;
        Ok(())
    }

    /// Stops the operation after what it is doing now.
    pub fn stop(&self) {
        self.controller.borrow().abort();
    }

    /// Whether it was stopped.
    pub fn is_stopped(&self) -> bool {
        self.signal().aborted()
    }

    /// For requests that end with the operation.
    pub fn signal(&self) -> AbortSignal {
        self.controller.borrow().signal()
    }

    /// Waits, but no longer than until the operation is stopped.
    pub async fn pause(&self, ms: u32) {
        let _ = self.race(None, ms).await;
    }

    /// Waits for a promise, at most `ms` and until the operation is stopped; `None` when it did not
    /// come first.
    pub async fn race(&self, promise: Option<Promise>, ms: u32) -> Result<Option<JsValue>, JsValue> {
        // A new object, which no promise can resolve to, marks the end of waiting.
        let over: JsValue = js_sys::Object::new().into();
        let signal = self.signal();
        let mut stopped = None;
        // `resolve` itself is the callback of both: calling it twice is harmless, unlike a closure.
        let end = Promise::new(&mut |resolve, _| {
            let _ = signal.add_event_listener_with_callback("abort", &resolve);
            set_timeout(&resolve, if signal.aborted() { 0 } else { ms }, &over);
            stopped = Some(resolve);
        });
        let all: Array = promise.into_iter().chain([end]).collect();
        let first = JsFuture::from(Promise::race(&all)).await;
        if let Some(resolve) = &stopped {
            let _ = signal.remove_event_listener_with_callback("abort", resolve);
        }
        let first = first?;
        Ok((!signal.aborted() && !js_sys::Object::is(&first, &over)).then_some(first))
    }
}

/// Lets the worker handle its other messages. Unlike a timer, a message channel is never slowed down in hidden tabs.
pub struct EventLoop(MessageChannel);

impl EventLoop {
    /// A channel to itself.
    pub fn new() -> Result<Self, JsValue> {
        MessageChannel::new().map(Self)
    }

    /// Waits for one turn of the event loop.
    pub async fn run_once(&self) {
        let turn = Promise::new(&mut |resolve, _| {
            self.0.port1().set_onmessage(Some(&resolve));
            if self.0.port2().post_message(&JsValue::NULL).is_err() {
                let _ = resolve.call0(&JsValue::UNDEFINED);
            }
        });
        let _ = JsFuture::from(turn).await;
    }
}

/// `setTimeout` with an argument, in a worker as in a page.
fn set_timeout(callback: &Function, ms: u32, argument: &JsValue) {
    let global = js_sys::global();
    if let Ok(function) = Reflect::get(&global, &"setTimeout".into())
        && let Some(function) = function.dyn_ref::<Function>()
    {
        let _ = function.call3(&global, callback, &ms.into(), argument);
    }
}
