//! The browser module: one [`Engine`] over the participant, which computes on WebGPU or the CPU, and the only code that
//! sends anything to the server. It runs in a module worker; nothing here touches a page.

mod abort;
mod device;
mod engine;
mod errors;
mod events;
mod ledger;
mod masking;
mod stream;
mod transport;

pub use engine::Engine;

use wasm_bindgen::prelude::*;

/// Runs when the module is loaded: a panic is written to the console before the module stops.
#[wasm_bindgen(start)]
pub fn start() {
    constructors::__wasm_call_ctors();
    fedner_js::report_panics("the engine");
}

/// The constructors of static data that crates below register.
///
/// Unless they are called by name, the linker has every exported function call them: each call into the module, of which
/// an answer to the page takes thousands, would take a millisecond.
mod constructors {
    #[allow(unsafe_code, reason = "the linker makes this function; it takes nothing and is called once")]
    unsafe extern "C" {
        pub safe fn __wasm_call_ctors();
    }
}
