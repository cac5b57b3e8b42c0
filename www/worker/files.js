// The worker of the file formats. It loads its module at once, answers one call and is then ended, so that the memory that
// reading takes is given back; whoever cancels ends it, too.

import { MODULES } from "../modules.js";
import { failureOf } from "../shared/failure.js";
import { phrase } from "../shared/phrase.js";

const loading = load();
loading.then(() => post({ kind: "ready" }), (fault) => post({ kind: "failure", failure: asFailure(fault) }));

self.onmessage = async ({ data }) => {
  const request = /** @type {Page.Files.Request} */ (data);
  try {
    post({ kind: "result", result: answer(await loading, request) });
  } catch (fault) {
    post({ kind: "failure", failure: asFailure(fault) });
  }
};

/** @returns {Promise<Fedner.FilesPackage>} */
async function load() {
  /** @type {Fedner.FilesPackage} */
  const files = await import(/** @type {string} */ (MODULES.files));
  await files.default();
  return files;
}

/**
 * @param {Fedner.FilesPackage} files
 * @param {Page.Files.Request} request
 */
function answer(files, { call, args }) {
  if (call === "exportNotes") return files.exportNotes(...args);
  const [inputs, format, columns] = args;
  return files.importFiles(inputs, format, columns ?? null, (done, total) => post({ kind: "progress", done, total }));
}

/**
 * @param {unknown} fault
 * @returns {Page.Failure}
 */
function asFailure(fault) {
  if (fault instanceof WebAssembly.RuntimeError) {
    return { code: "files-crashed", message: phrase("reader.crashed", { detail: fault.message }), hint: phrase("reader.crashed-hint") };
  }
  return failureOf(fault, { code: "worker-error", hint: phrase("reader.report-hint") });
}

/** @param {Page.Files.Message} message */
function post(message) {
  self.postMessage(message);
}
