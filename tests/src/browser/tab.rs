//! The page in one browser, driven as a person would.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thirtyfour::{BrowserLogEntry, By, Key, TypingData, WebDriver, WebElement};

use super::{PageState, WAIT_MAX, profile::Profile};

/// How often a state that is waited for is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(150);
/// Longest run of one script in the page.
const SCRIPT_MAX: Duration = Duration::from_secs(120);

/// Opens the view and the folded parts that the element `e` of a script is in, and folds what unfolds over the page.
const REACH: &str = "const view = e?.closest('[data-view][hidden]');
     if (view) document.querySelector(`[data-view-link=${view.dataset.view}]`).click();
     for (let part = e?.closest('details:not([open])'); part; part = part.closest('details:not([open])')) {
       if (part.firstElementChild.contains(e)) break;
       part.open = true;
     }
     for (const over of document.querySelectorAll('.has-notes .unfolds[open]')) if (!over.contains(e)) over.open = false;";

/// A browser with one window. Cheap to clone.
#[derive(Clone)]
pub struct Tab(Arc<Inner>);

struct Inner {
    driver: WebDriver,
    profile: Arc<Profile>,
    /// Everything logged so far; ChromeDriver returns each entry once.
    log: Mutex<Vec<BrowserLogEntry>>,
    /// Errors shown before the page was left.
    earlier: Mutex<Vec<String>>,
    expected: Mutex<Vec<&'static str>>,
}

impl Tab {
    /// Starts a browser with this profile at an address.
    pub async fn open(driver_url: &str, profile: Arc<Profile>, url: &str) -> Self {
        let capabilities = profile.capabilities().expect("the capabilities are JSON");
        let driver = WebDriver::new(driver_url, capabilities).await;
        let driver = driver.unwrap_or_else(|e| panic!("{}: the browser does not start: {e}", profile.name));
        driver.set_script_timeout(SCRIPT_MAX).await.expect("ChromeDriver takes a script timeout");
        driver.goto(url).await.unwrap_or_else(|e| panic!("{}: {url} does not load: {e}", profile.name));
        let (log, earlier, expected) = Default::default();
        Self(Arc::new(Inner { driver, profile, log, earlier, expected }))
    }

    /// The profile's name.
    pub fn name(&self) -> &str {
        &self.0.profile.name
    }

    /// Its profile.
    pub fn profile(&self) -> &Arc<Profile> {
        &self.0.profile
    }

    /// Whether both are the same browser.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// An error of this code, or a logged error with these words, is what the test wants to see.
    pub fn expect_error(&self, code_or_words: &'static str) {
        lock(&self.0.expected).push(code_or_words);
    }

    /// The page's state; `None` while the page loads.
    pub async fn try_state(&self) -> Option<PageState> {
        let state: Value = self.script("return window.fedner ? window.fedner.state() : null", json!([])).await;
        if state.is_null() {
            return None;
        }
        Some(serde_json::from_value(state.clone()).unwrap_or_else(|e| panic!("{}: {e}: {state}", self.name())))
    }

    /// The page's state.
    pub async fn state(&self) -> PageState {
        self.try_state().await.unwrap_or_else(|| panic!("{}: the page has not started", self.name()))
    }

    /// Waits for a state.
    pub async fn until(&self, what: &str, holds: impl Fn(&PageState) -> bool) -> PageState {
        let deadline = Instant::now() + WAIT_MAX;
        loop {
            let state = self.try_state().await;
            if let Some(state) = &state {
                if holds(state) {
                    return state.clone();
                }
                self.fail_early(what, state);
            }
            if Instant::now() > deadline {
                panic!("{}: waited {WAIT_MAX:?} in vain until {what}; the state is {state:#?}", self.name());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// An error nobody expects will not go away by waiting.
    fn fail_early(&self, what: &str, state: &PageState) {
        for error in &state.errors {
            let expected = lock(&self.0.expected).iter().any(|words| error.code == *words);
            assert!(expected, "{}: while waiting until {what}: {}: {}", self.name(), error.code, error.message);
        }
    }

    /// Waits until a script in the page returns something true.
    pub async fn until_script(&self, what: &str, script: &str) {
        let deadline = Instant::now() + WAIT_MAX;
        while !self.script::<bool>(script, json!([])).await {
            assert!(Instant::now() < deadline, "{}: waited {WAIT_MAX:?} in vain until {what}", self.name());
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Runs a script and returns its result.
    pub async fn script<T: DeserializeOwned>(&self, script: &str, args: Value) -> T {
        let args = args.as_array().cloned().unwrap_or_default();
        let result = self.0.driver.execute(script, args).await;
        let result = result.unwrap_or_else(|e| panic!("{}: {script}: {e}", self.name()));
        result.convert().unwrap_or_else(|e| panic!("{}: {script}: {e}", self.name()))
    }

    /// Runs the body of an async function with the `bytes` of the checkpoint that a workspace has stored.
    pub async fn script_on_checkpoint<T: DeserializeOwned>(&self, workspace: &str, body: &str) -> T {
        let read = "const [workspace] = args;
            const open = await new Promise((resolve) => {
              const request = indexedDB.open('fedner-' + workspace);
              request.onsuccess = () => resolve(request.result);
            });
            const bytes = await new Promise((resolve) => {
              const request = open.transaction('values').objectStore('values').get('checkpoint');
              request.onsuccess = () => resolve(request.result);
            });
            open.close();";
        self.script_async(&format!("{read} {body}"), serde_json::json!([workspace])).await
    }

    /// Runs the body of an async function and returns what it resolves to.
    pub async fn script_async<T: DeserializeOwned>(&self, body: &str, args: Value) -> T {
        let args = args.as_array().cloned().unwrap_or_default();
        let script = format!(
            "const done = arguments[arguments.length - 1]; (async (...args) => {{ {body} }})(...arguments).then(\
             (value) => done({{ value }}), (fault) => done({{ fault: String(fault) }}))"
        );
        let result = self.0.driver.execute_async(script, args).await;
        let result = result.unwrap_or_else(|e| panic!("{}: {body}: {e}", self.name()));
        let result: Value = result.json().clone();
        assert!(result["fault"].is_null(), "{}: {body}: {}", self.name(), result["fault"]);
        serde_json::from_value(result["value"].clone()).unwrap_or_else(|e| panic!("{}: {body}: {e}", self.name()))
    }

    /// A command of the DevTools protocol.
    pub async fn devtools(&self, method: &str, params: Value) -> Value {
        let result = self.0.driver.cdp().send_raw(method, params).await;
        result.unwrap_or_else(|e| panic!("{}: {method}: {e}", self.name()))
    }

    /// The element with this id.
    pub async fn element(&self, id: &str) -> WebElement {
        let element = self.0.driver.find(By::Id(id)).await;
        element.unwrap_or_else(|e| panic!("{}: #{id}: {e}", self.name()))
    }

    /// Presses a button, once it is drawn and can be pressed: the page draws a frame after its state has changed. One
    /// that lies under the page's header is scrolled to, as a person would, and one in another view or in a folded part
    /// is gone to.
    pub async fn press(&self, id: &str) {
        let able = format!(
            "const e = document.getElementById('{id}');
             {REACH}
             if (e === null || e.disabled || e.getClientRects().length === 0) return false;
             const {{ left, right, top, bottom }} = e.getBoundingClientRect();
             const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
             if (!e.contains(there)) e.scrollIntoView({{ block: 'center' }});
             return true"
        );
        self.until_script(&format!("#{id} can be pressed"), &able).await;
        let pressed = self.element(id).await.click().await;
        pressed.unwrap_or_else(|e| panic!("{}: #{id} can't be pressed: {e}", self.name()));
    }

    /// Goes to the view that an element is in, and waits until it is drawn.
    pub async fn show(&self, id: &str) {
        let shown = format!(
            "const e = document.getElementById('{id}');
             {REACH}
             return e !== null && e.getClientRects().length > 0"
        );
        self.until_script(&format!("#{id} is shown"), &shown).await;
    }

    /// Puts a text into a field, once it can be typed in.
    pub async fn fill(&self, id: &str, text: &str) {
        self.until_enabled(id).await;
        let field = self.element(id).await;
        field.clear().await.unwrap_or_else(|e| panic!("{}: #{id}: {e}", self.name()));
        field.send_keys(text).await.unwrap_or_else(|e| panic!("{}: #{id}: {e}", self.name()));
    }

    /// Waits until an element, if it is there, is no longer drawn as disabled.
    async fn until_enabled(&self, id: &str) {
        let enabled = format!(
            "const e = document.getElementById('{id}');
             {REACH}
             return e === null || (!e.disabled && e.getClientRects().length > 0)"
        );
        self.until_script(&format!("#{id} is enabled"), &enabled).await;
    }

    /// Chooses files in the page's file input and waits until they are read.
    pub async fn choose_files(&self, files: &[&Path]) {
        self.until_script("files can be chosen", "return !document.getElementById('file-input').disabled").await;
        let paths: Vec<&str> = files.iter().map(|f| f.to_str().expect("paths on this machine are UTF-8")).collect();
        self.script::<Value>("document.getElementById('import-report').textContent = ''", json!([])).await;
        let sent = self.element("file-input").await.send_keys(paths.join("\n")).await;
        sent.unwrap_or_else(|e| panic!("{}: the files can't be chosen: {e}", self.name()));
        // In any language: a report is there, and it can be closed.
        let read = "return document.getElementById('import-report').textContent !== ''
            && !document.getElementById('report-close').hidden";
        self.until_script("the files are read", read).await;
    }

    /// Trains on this device and waits for the end.
    pub async fn train(&self, epochs: u32) -> PageState {
        self.fill("epochs", &epochs.to_string()).await;
        // Of earlier runs there may be scores already; those of this one show that it was over before anybody looked.
        let scored = |s: &PageState| s.history.iter().filter(|h| h.when != "start").count();
        let before = scored(&self.state().await);
        self.press("train-button").await;
        self.until("training has begun", |s| s.run.kind == "training" || scored(s) > before).await;
        self.until("training has ended", PageState::is_idle).await
    }

    /// Joins a federation, through the question what may leave the device.
    pub async fn join(&self, federation: &str) {
        self.fill("federation-id", federation).await;
        self.press("join-button").await;
        self.until_script("the page asks", "return document.getElementById('join-dialog').open").await;
        self.press("join-confirm").await;
        // A short federation may be over before anybody looks; the enrolment stays.
        let begun = |state: &PageState| {
            state.participating.as_deref() == Some(federation) || state.enrolled.iter().any(|one| one == federation)
        };
        self.until("the participation has begun", begun).await;
    }

    /// Chooses what to train on.
    pub async fn ask_for_device(&self, device: &str) {
        let choose = "const e = document.getElementById('device-select'); e.value = arguments[0];
                      e.dispatchEvent(new Event('change', { bubbles: true }))";
        self.script::<Value>(choose, json!([device])).await;
    }

    /// Chooses what to train on, and waits for the engine.
    pub async fn choose_device(&self, device: &str) -> PageState {
        self.ask_for_device(device).await;
        self.until("the engine is up on the chosen device", |state| state.ready && state.device_kind() == device).await
    }

    /// Presses keys, wherever the focus is.
    pub async fn keys(&self, keys: impl Into<TypingData>) {
        let typed = self.0.driver.action_chain().send_keys(keys).perform().await;
        typed.unwrap_or_else(|e| panic!("{}: keys: {e}", self.name()));
    }

    /// Presses keys while another one is held down.
    pub async fn chord(&self, held: Key, keys: impl Into<TypingData>) {
        let chain = self.0.driver.action_chain().key_down(held.clone()).send_keys(keys).key_up(held);
        chain.perform().await.unwrap_or_else(|e| panic!("{}: keys: {e}", self.name()));
    }

    /// Presses Tab until the focus is on the element with this id, or on the link with this text.
    pub async fn tab_to(&self, id: &str) {
        const PRESSES_MAX: usize = 120;
        // Tab passes over what is disabled.
        let enabled = format!("return !document.getElementById('{id}')?.disabled");
        self.until_script(&format!("#{id} is enabled"), &enabled).await;
        let focus = "const e = document.activeElement; return e?.id || (e?.tagName === 'A' ? e.textContent.trim() : e?.tagName) || ''";
        let mut seen = Vec::new();
        for _ in 0..PRESSES_MAX {
            let at: String = self.script(focus, json!([])).await;
            if at == id {
                return;
            }
            seen.push(at);
            self.keys(Key::Tab).await;
        }
        panic!("{}: Tab never comes to #{id}, only to {seen:?}", self.name());
    }

    /// Opens an empty window beside the one in use and works in it.
    pub async fn new_window(&self) {
        let window = self.0.driver.new_tab().await.unwrap_or_else(|e| panic!("{}: no window: {e}", self.name()));
        let switched = self.0.driver.switch_to_window(window).await;
        switched.unwrap_or_else(|e| panic!("{}: the new window can't be used: {e}", self.name()));
    }

    /// Closes the first window and goes on in the last one.
    pub async fn close_first_window(&self) {
        let driver = &self.0.driver;
        let windows = driver.windows().await.unwrap_or_else(|e| panic!("{}: windows: {e}", self.name()));
        let (first, last) = (windows.first().cloned(), windows.last().cloned());
        for (window, close) in [(first, true), (last, false)] {
            let window = window.unwrap_or_else(|| panic!("{}: there is no window", self.name()));
            driver.switch_to_window(window).await.unwrap_or_else(|e| panic!("{}: windows: {e}", self.name()));
            if close {
                driver.close_window().await.unwrap_or_else(|e| panic!("{}: windows: {e}", self.name()));
            }
        }
    }

    /// Goes to another address.
    pub async fn goto(&self, url: &str) {
        self.0.driver.goto(url).await.unwrap_or_else(|e| panic!("{}: {url} does not load: {e}", self.name()));
    }

    /// Loads the page anew; errors shown so far still count. The page asks before it is left while something is being
    /// written, and the driver says yes to that: it waits as a person would.
    pub async fn reload(&self) -> PageState {
        self.until("all is stored", |state| state.writing == 0).await;
        let shown = self.shown_errors().await;
        lock(&self.0.earlier).extend(shown);
        self.0.driver.refresh().await.unwrap_or_else(|e| panic!("{}: reload: {e}", self.name()));
        self.until("the engine is up after a reload", |state| state.ready).await
    }

    /// Every error seen that the test did not expect.
    pub async fn problems(&self) -> Vec<String> {
        let mut problems = self.shown_errors().await;
        problems.extend(lock(&self.0.earlier).iter().cloned());
        self.read_log().await;
        let log = lock(&self.0.log);
        let expected = lock(&self.0.expected);
        let severe = log.iter().filter(|entry| entry.level == "SEVERE");
        let severe = severe.filter(|entry| !expected.iter().any(|words| entry.message.contains(words)));
        problems.extend(severe.map(|entry| format!("logged: {}", entry.message)));
        problems
    }

    /// Writes a screenshot, the log and the state of this tab.
    pub async fn keep_evidence(&self, folder: &Path) {
        let file = |kind: &str| folder.join(format!("{}{kind}", self.name()));
        self.read_log().await;
        let log = lock(&self.0.log).iter().map(|e| format!("{} {}\n", e.level, e.message)).collect::<String>();
        let _ = std::fs::write(file(".log"), log);
        if let Ok(state) = self.0.driver.execute("return JSON.stringify(window.fedner.state(), null, 2)", []).await {
            let _ = std::fs::write(file(".json"), state.json().as_str().unwrap_or_default());
        }
        let _ = self.0.driver.screenshot(&file(".png")).await;
    }

    /// Writes what the window shows to a PNG file.
    pub async fn screenshot(&self, file: &Path) {
        self.0.driver.screenshot(file).await.unwrap_or_else(|e| panic!("{}: {}: {e}", self.name(), file.display()));
    }

    /// Closes the browser, so that its record of requests is whole.
    pub async fn quit(&self) {
        // One that was killed can't be closed any more.
        let _ = self.0.driver.clone().quit().await;
    }

    /// Ends the browser's process in the midst of whatever it does. The profile stays.
    pub async fn kill(&self) {
        let problems = self.problems().await;
        assert!(problems.is_empty(), "{}: {problems:#?}", self.name());
        let process = self.process_id().to_string();
        let killed = tokio::process::Command::new("kill").args(["-KILL", &process]).status().await;
        assert!(killed.expect("there is a program kill").success(), "{}: the browser can't be killed", self.name());
        self.quit().await;
    }

    /// The browser's main process.
    pub fn process_id(&self) -> u64 {
        let process = self.0.driver.capabilities().get("goog:processID").and_then(Value::as_u64);
        process.expect("ChromeDriver names the browser's process")
    }

    async fn shown_errors(&self) -> Vec<String> {
        let script = "return window.fedner ? window.fedner.state().errors : []";
        let Ok(errors) = self.0.driver.execute(script, []).await else { return Vec::new() };
        let expected = lock(&self.0.expected);
        let errors = errors.json().as_array().cloned().unwrap_or_default().into_iter();
        let unexpected = errors.filter(|e| !expected.iter().any(|code| e["code"] == *code));
        unexpected.map(|e| format!("shown: {}: {} {}", e["code"], e["message"], e["hint"])).collect()
    }

    async fn read_log(&self) {
        let new = self.0.driver.browser_log().await.unwrap_or_default();
        lock(&self.0.log).extend(new);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
