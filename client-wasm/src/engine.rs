//! The one object that JavaScript holds: device, notes, model and federation behind plain calls, one file a concern.

mod annotate;
mod model;
#[cfg(feature = "webgpu")]
mod timing;
mod train;
mod vectors;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use fedner_core::{
    corpus::Corpus,
    device_check::self_check,
    leak::SentUpdate,
    model::Model,
    session::{Choice, Session},
};
use fedner_interface::DeviceRequest;
use fedner_js::to_js;
use js_sys::Function;
use wasm_bindgen::prelude::*;

use crate::{
    abort::Stop,
    device::{Chosen, choose, reference},
    errors::{EngineError, ErrorCode, argument},
    events::{EnrolmentReporter, Kept, Reporter},
    ledger::Ledger,
};

/// A participant in a browser tab.
#[wasm_bindgen]
pub struct Engine {
    chosen: Chosen,
    on_event: Function,
    ledger: Rc<Ledger>,
    /// Stops the run: training, learning or participation.
    stop: Stop,
    /// Stops the newest assessment.
    stop_assessing: RefCell<Stop>,
    corpus: RefCell<Option<Rc<Corpus>>>,
    /// The session after the last operation that trained one.
    session: RefCell<Option<Session>>,
    /// The newest model that predictions may use, also while another is trained.
    published: Rc<RefCell<Option<Model>>>,
    /// The newest update that was sent.
    sent: Rc<RefCell<Option<SentUpdate>>>,
    /// Which model a person wants to use.
    choice: Rc<Cell<Choice>>,
    busy: Cell<bool>,
}

/// Puts the engine back to rest, however an operation ends.
struct Busy<'a>(&'a Cell<bool>);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

#[wasm_bindgen]
impl Engine {
    /// Starts the device that is asked for, and makes an engine that reports to `on_event` what happens.
    pub async fn create(request: JsValue, on_event: Function) -> Result<Engine, JsValue> {
        let request: DeviceRequest = argument(request)?;
        Ok(Engine {
            chosen: choose(request).await,
            ledger: Rc::new(Ledger::new(on_event.clone())),
            on_event,
            stop: Stop::new()?,
            stop_assessing: RefCell::new(Stop::new()?),
            corpus: RefCell::default(),
            session: RefCell::default(),
            published: Rc::default(),
            sent: Rc::default(),
            choice: Rc::default(),
            busy: Cell::new(false),
        })
    }

    /// The device, its name, and why it was chosen.
    pub fn device(&self) -> Result<JsValue, JsValue> {
        Ok(to_js(&self.chosen.report)?)
    }

    /// One training step on the CPU and on this engine's device, compared.
    #[wasm_bindgen(js_name = selfCheck)]
    pub async fn self_check(&self) -> Result<JsValue, JsValue> {
        let _busy = self.begin()?;
        let check = self_check::compare(&reference(), &self.chosen.device).await;
        Ok(to_js(&check.map_err(|e| self.explain(e.into()))?)?)
    }

    /// Ends an operation after the step under way: `run` (training, learning or participation) or `assess`.
    pub fn cancel(&self, operation: &str) -> Result<(), JsValue> {
        match operation {
            "run" => self.stop.stop(),
            "assess" => self.stop_assessing.borrow().stop(),
            other => {
                let message = format!("{other:?} is not an operation that can be cancelled");
                return Err(EngineError::of_the_page(message).into());
            }
        }
        Ok(())
    }
}

impl Engine {
    /// Begins an operation that only one of can be under way.
    fn begin(&self) -> Result<Busy<'_>, JsValue> {
        if self.busy.replace(true) {
            return Err(EngineError::busy().into());
        }
        let busy = Busy(&self.busy);
        self.stop.reset()?;
        Ok(busy)
    }

    /// The observer of an operation that `stop` ends.
    fn reporter(&self, stop: &Stop) -> Result<Reporter, JsValue> {
        Reporter::new(self.on_event.clone(), stop.clone(), self.kept(), self.choice.clone())
    }

    fn kept(&self) -> Kept {
        Kept { published: self.published.clone(), sent: self.sent.clone() }
    }

    fn enrolment_reporter(&self) -> EnrolmentReporter {
        EnrolmentReporter::new(self.on_event.clone())
    }

    fn any_corpus(&self) -> Result<Rc<Corpus>, EngineError> {
        self.corpus.borrow().clone().ok_or_else(no_notes)
    }

    fn any_model(&self) -> Result<Model, EngineError> {
        self.published.borrow().clone().ok_or_else(no_model)
    }

    fn put_back(&self, session: Session) {
        *self.published.borrow_mut() = session.model_in_use(self.choice.get()).cloned();
        *self.session.borrow_mut() = Some(session);
    }

    /// Says that the GPU was lost where that is why something failed.
    fn explain(&self, error: EngineError) -> EngineError {
        match self.chosen.lost.lock().ok().and_then(|why| why.clone()) {
            None => error,
            Some(why) => {
                let hint = "Nothing is lost: restart the engine; it goes on from the last checkpoint. \
                            If it happens again, choose the CPU.";
                EngineError::new(ErrorCode::DeviceLost, format!("The GPU was lost ({why})."), hint)
            }
        }
    }
}

fn no_notes() -> EngineError {
    EngineError::new(ErrorCode::NoTrainingNotes, "There are no notes.", "Choose, paste or load sample notes.")
}

fn no_model() -> EngineError {
    EngineError::new(ErrorCode::NotReady, "There is no model yet.", "Train here, join a federation or load a model.")
}
