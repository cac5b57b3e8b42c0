// The model: trying it, checking the device, saving and loading checkpoints; and exporting the ledger.

import { phrase } from "../../shared/phrase.js";
import { download, fileName } from "../browser/download.js";
import { fileBytes } from "../browser/file.js";
import { totals } from "../state/ledger.js";
import { report } from "./failures.js";

/** Longest text the model is tried on. */
const TRIAL_CHARACTERS_MAX = 200_000;
/** Far larger than any checkpoint of this page. */
const CHECKPOINT_LIMIT = {
  bytes_max: 512 * 1024 * 1024,
  code: "bad-checkpoint",
  hint: phrase("model.file-hint"),
};

/**
 * @param {Page.Context} context
 * @param {import("./engine.js").EngineService} engine
 * @param {() => Promise<void>} restart
 */
export function modelService(context, engine, restart) {
  const { store, bus } = context;
  onTrying(context, engine);
  onChecking(context, engine);
  onLoading(context, engine);
  bus.on("export-ledger", () => exportLedger(store.get()));

  /** @param {Fedner.DeviceChoice} device */
  async function setDevice(device) {
    store.dispatch({ type: "settings-changed", settings: { device } });
    await restart();
  }
  bus.on("set-device", setDevice);

  async function downloadModel() {
    // A crashed engine can't save, but its last checkpoint is kept.
    const bytes = await engine.call("save").catch(() => engine.lastCheckpoint());
    if (!bytes) {
      throw { code: "not-ready", message: phrase("model.no-checkpoint"), hint: phrase("model.no-checkpoint-hint") };
    }
    download(`fedner-${fileName(store.get().workspace)}.safetensors`, new Uint8Array(bytes), "application/octet-stream");
  }
  bus.on("download-model", downloadModel);

  bus.on("download-previous", async () => {
    const bytes = await engine.call("previousCheckpoint");
    if (!bytes) throw { code: "not-ready", message: phrase("model.no-previous"), hint: "" };
    download(`fedner-${fileName(store.get().workspace)}-previous.safetensors`, new Uint8Array(bytes), "application/octet-stream");
  });

  return { setDevice, downloadModel };
}

/**
 * @param {Page.Context} context
 * @param {import("./engine.js").EngineService} engine
 */
function onTrying({ store, bus }, engine) {
  bus.on("try-text", async (typed) => {
    const text = typed.slice(0, TRIAL_CHARACTERS_MAX);
    store.dispatch({ type: "trial-started" });
    try {
      const { entities, tokens } = await engine.call("predict", text);
      store.dispatch({ type: "trial-finished", text, entities, tokens });
    } catch (fault) {
      store.dispatch({ type: "trial-failed" });
      report(store, fault);
    }
  });
}

/**
 * @param {Page.Context} context
 * @param {import("./engine.js").EngineService} engine
 */
function onChecking({ store, bus }, engine) {
  bus.on("self-check", async () => {
    store.dispatch({ type: "self-check-started" });
    try {
      const self_check = await engine.call("selfCheck");
      const device = await engine.call("device");
      store.dispatch({ type: "self-check-finished", device: { ...device, self_check } });
    } catch (fault) {
      store.dispatch({ type: "self-check-failed" });
      report(store, fault);
    }
  });
}

/**
 * @param {Page.Context} context
 * @param {import("./engine.js").EngineService} engine
 */
function onLoading({ store, bus }, engine) {
  bus.on("use-model", async (choice) => {
    await engine.call("useModel", choice);
    store.dispatch({ type: "model-chosen", choice });
  });

  bus.on("load-model", async (file) => {
    const model = await engine.call("restore", await fileBytes(file, CHECKPOINT_LIMIT));
    store.dispatch({ type: "model-loaded", model });
    store.dispatch({ type: "noticed", message: phrase("model.loaded", { file: file.name }), now_ms: Date.now() });
    await score();
  });

  /** Scores a loaded model on this workspace's held-out notes, if it has any. */
  async function score() {
    if (store.get().corpus === null) return;
    const scores = await engine.call("evaluate");
    if (!scores) return;
    const event = /** @type {const} */ ({ kind: "scores", when: "start", epoch: 0, round: 0, step: 0, scores });
    store.dispatch({ type: "engine-event", event, session: "", now_ms: Date.now() });
  }
}

/** @param {Page.State} state */
function exportLedger({ workspace, ledger }) {
  const entries = ledger.entries.map(({ key: _, ...entry }) => entry);
  const content = { workspace, origin: location.origin, exported: new Date().toISOString(), totals: totals(ledger), entries };
  download(`fedner-ledger-${fileName(workspace)}.json`, JSON.stringify(content, null, 2), "application/json");
}
