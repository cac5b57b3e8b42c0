// Which of the modules is loaded, and what it computes on. Only the worker imports this.

import { MODULES } from "../modules.js";
import { keepModule } from "../shared/offline.js";
import { phrase } from "../shared/phrase.js";
import { HAS_RELAXED_SIMD } from "./relaxed-simd.js";

/** How long the browser may need to answer whether it has a GPU. */
const ADAPTER_WAIT_MS = 3000;

/** The module for the CPU that this browser takes. */
const CPU = HAS_RELAXED_SIMD ? "cpu_relaxed" : "cpu";

/** Software adapters, where the browser does not report them as such. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render/i;

/**
 * The browser's GPU, or why there is none.
 * @typedef {{adapter: string, software: boolean} | {missing: Page.Phrase}} Gpu
 */

/**
 * Loads what a page starts with: the small module, unless somebody has chosen the GPU.
 * @param {Fedner.DeviceChoice} choice
 * @param {Page.DeviceTimes | null} known what was measured here before
 * @param {(event: Fedner.EngineEvent) => void} onEvent
 * @returns {Promise<{engine: Fedner.Engine, better: boolean}>} better: there is a GPU that could be used instead
 */
export async function loadEngine(choice, known, onEvent) {
  if (choice === "cpu") return { engine: await onCpu(phrase("reason.cpu-chosen"), onEvent), better: false };
  if (choice === "webgpu") {
    const gpu = await probe();
    if ("missing" in gpu) return { engine: await onCpu(gpu.missing, onEvent), better: false };
    try {
      return { engine: await onGpu(gpu, phrase("reason.gpu-chosen"), onEvent), better: false };
    } catch (fault) {
      return { engine: await onCpu(phrase("reason.gpu-failed", { adapter: gpu.adapter, detail: words(fault) }), onEvent), better: false };
    }
  }
  const [gpu, Engine] = await Promise.all([probe(), load(CPU)]);
  const slow = !("missing" in gpu) && known?.of === named(gpu) && isSlower(known);
  const engine = await Engine.create({ kind: "cpu", reason: carried(slow ? whySlower(known) : whyCpu(gpu)) }, onEvent);
  return { engine, better: !("missing" in gpu) && !gpu.software && !slow };
}

/**
 * Loads the module for the GPU that was found, and has both devices take the same training steps, unless that was done
 * before.
 * @param {Page.DeviceTimes | null} known
 * @param {(event: Fedner.EngineEvent) => void} onEvent
 * @returns {Promise<{engine: Fedner.Engine, prepared: Page.Prepared}>}
 */
export async function loadGpuEngine(known, onEvent) {
  const gpu = await probe();
  if ("missing" in gpu) throw { code: "worker-error", message: gpu.missing, hint: "" };
  const engine = await onGpu(gpu, phrase("reason.gpu-passed"), onEvent);
  const device = deviceOf(engine);
  if (device.kind !== "webgpu") return { engine, prepared: { device, times: null, slower: null } };
  const of = named(gpu);
  const times = known?.of === of ? known : { of, adapter: gpu.adapter, ...(await engine.timeSteps()) };
  return { engine, prepared: { device, times, slower: isSlower(times) ? whySlower(times) : null } };
}

/** The module of secure aggregation's cryptography, once it was asked for. @type {Promise<Fedner.MaskingPackage> | null} */
let masking = null;

/** Loads the module of secure aggregation's cryptography, the first time that a federation asks for it. */
export function loadMasking() {
  masking ??= startMasking().catch((fault) => {
    masking = null;
    throw fault;
  });
  return masking;
}

/** @returns {Promise<Fedner.MaskingPackage>} */
async function startMasking() {
  if (!MODULES.masking) throw new Error("the part of this page that masks updates is not built yet; load the page again later");
  /** @type {Fedner.MaskingPackage} */
  const module = await import(MODULES.masking);
  await module.default();
  return module;
}

/** What was measured holds for this adapter and this very module. @param {{adapter: string}} gpu */
function named({ adapter }) {
  return `${MODULES.webgpu} ${adapter}`;
}

/** @param {Page.DeviceTimes} times */
function isSlower({ cpu_ms, webgpu_ms }) {
  return webgpu_ms >= cpu_ms;
}

/** @param {Page.DeviceTimes} times */
function whySlower({ adapter, cpu_ms, webgpu_ms }) {
  return phrase("reason.gpu-slower", { adapter, webgpu: webgpu_ms, cpu: cpu_ms });
}

/** @param {Gpu} gpu */
function whyCpu(gpu) {
  if ("missing" in gpu) return gpu.missing;
  if (gpu.software) return phrase("reason.gpu-software", { adapter: gpu.adapter });
  return phrase("reason.gpu-prepared", { adapter: gpu.adapter });
}

/**
 * What the engine computes on, and why.
 * @param {Fedner.Engine} engine
 * @returns {Page.Device}
 */
export function deviceOf(engine) {
  const device = engine.device();
  return { ...device, reason: given(device.reason) };
}

/** The engine gives a reason back as it was given, as a string. @param {Page.Phrase} reason */
function carried(reason) {
  return JSON.stringify(reason);
}

/** @param {string} reason what was carried, or the engine's own words @returns {Page.Said} */
function given(reason) {
  return reason.startsWith("{") ? JSON.parse(reason) : reason;
}

/**
 * @param {Page.Phrase} reason
 * @param {(event: Fedner.EngineEvent) => void} onEvent
 */
async function onCpu(reason, onEvent) {
  const Engine = await load(CPU);
  return await Engine.create({ kind: "cpu", reason: carried(reason) }, onEvent);
}

/**
 * @param {{adapter: string, software: boolean}} gpu
 * @param {Page.Phrase} reason
 * @param {(event: Fedner.EngineEvent) => void} onEvent
 */
async function onGpu(gpu, reason, onEvent) {
  const Engine = await load("webgpu");
  return await Engine.create({ kind: "webgpu", ...gpu, reason: carried(reason) }, onEvent);
}

/**
 * The module is compiled while it arrives.
 * @param {Exclude<keyof typeof MODULES, "files">} name
 * @returns {Promise<typeof Fedner.Engine>}
 */
async function load(name) {
  /** @type {Fedner.Package} */
  const module = await import(/** @type {string} */ (MODULES[name]));
  await module.default();
  const present = Object.values(MODULES).filter((address) => address !== null);
  // The file formats are of use without the server, too, also where nobody has imported a file yet.
  for (const kept of /** @type {string[]} */ ([MODULES[name], MODULES.files])) void keepModule(kept, present);
  return module.Engine;
}

/**
 * Asks the browser for its GPU, before anything is loaded for it.
 * @returns {Promise<Gpu>}
 */
async function probe() {
  const late = { missing: phrase("reason.gpu-late") };
  /** @type {Promise<Gpu>} */
  const limit = new Promise((resolve) => setTimeout(resolve, ADAPTER_WAIT_MS, late));
  return await Promise.race([ask(), limit]);
}

/** @returns {Promise<Gpu>} */
async function ask() {
  // Not in the types of the standard interfaces yet.
  const { gpu } = /** @type {any} */ (navigator);
  if (MODULES.webgpu === null) {
    return { missing: phrase("reason.gpu-not-built") };
  }
  if (!gpu) return { missing: phrase("reason.no-webgpu") };
  const found = await gpu.requestAdapter().catch(() => null);
  if (!found) return { missing: phrase("reason.no-gpu") };
  const { vendor = "", architecture = "", device = "", isFallbackAdapter = false } = found.info ?? {};
  const adapter = [vendor, architecture, device].filter((part) => part !== "").join(" ") || "unnamed adapter";
  return { adapter, software: isFallbackAdapter || found.isFallbackAdapter === true || SOFTWARE.test(adapter) };
}

/** @param {any} fault */
function words(fault) {
  return typeof fault?.message === "string" ? fault.message : String(fault);
}
