// The interface for headless tests and sites run by a script: window.fedner.
//
//   await fedner.ready()     resolves once the engine is up (or the tab is read-only)
//   fedner.state()           a plain snapshot, safe to pass through JSON:
//     { ready, workspace, writable, device, documents: {count, training, held_out, unlabelled}, labels: [name],
//       selected: note id | null, cursor: {note, start, end, span, suggested} | null, sticky: label | null, undo: title | null, redo: title | null,
//       run: {kind: "idle" | "training" | "participating", phase, round, step, steps, epoch, epochs, loss},
//       history: [{when, round, epoch, step, loss, f1, time_ms}], total_steps, scores_start_f1, scores_latest_f1,
//       models: {in_use: "own" | "federation" | null, f1: of the model in use, own_f1, federation_f1},
//       encoder: the pack of the model in use | null, encoders: {here: [pack], parts: [{pack, bytes}], listed: [pack], fetching: pack | null, reading, words_per_s},
//       version, has_model, has_previous, checkpoint_ms, enrolled: [federation], participating: federation | null, storage, writing,
//       import_problems: [{file, line, message}], ledger: [entry], ledger_totals,
//       peers: {federation: [{site, fingerprint, own}]}, leak_test: {running, done, report},
//       errors: [{time_ms, code, message, hint, dismissed}], notices: [message] }
//
// It only reads. Controls are driven by their ids, which are part of this interface: #file-input #paste-text
// #paste-add #sample-<id> #document-list #document-view #label-set #device-select #device-name #epochs #train-button
// #invited-accept #federation-id #invitation #join-button #join-confirm #join-decline #resume-button #cancel-button #round #epoch #step
// #use-own-model #use-better-model #loss #f1 #f1-start #plot #scores #try-text #try-button #try-result #ledger #ledger-totals #status #message #workspace.
// <html data-ready="true"> says the same as state().ready.

import { said } from "./language/language.js";
import { titles } from "./state/edit/history.js";
import { trainedLabels } from "./state/labels.js";
import { scoresInUse, whichInUse } from "./state/models.js";
import { totals } from "./state/ledger.js";
import { storage } from "./state/state.js";

/**
 * Adds window.fedner and keeps <html data-ready> up to date.
 * @param {Page.Store} store
 * @param {() => number} writing writes to the database that are not done yet
 */
export function exposeAutomation(store, writing) {
  const settled = () => ["up", "off"].includes(store.get().engine);
  const automation = Object.freeze({
    version: 1,
    state: () => ({ ...snapshot(store.get()), writing: writing() }),
    /** @returns {Promise<void>} */
    ready: () =>
      new Promise((resolve) => {
        if (settled()) return resolve();
        const stop = store.subscribe(() => {
          if (!settled()) return;
          stop();
          resolve();
        });
      }),
  });
  Object.defineProperty(window, "fedner", { value: automation, enumerable: true });
  store.subscribe((state) => {
    document.documentElement.dataset.ready = String(state.engine === "up");
  });
}

/** @param {Page.State} state */
function snapshot(state) {
  const { run, progress, notes, settings, device, cursor } = state;
  const { undo, redo } = titles(state.edits);
  const held_out = notes.filter((note) => note.held_out).length;
  const unlabelled = notes.filter((note) => !note.labelled).length;
  return structuredClone({
    ready: state.engine === "up",
    workspace: state.workspace,
    writable: state.writable,
    storage: storage(state),
    device: device && { ...device, reason: said(device.reason) },
    device_choice: settings.device,
    documents: { count: notes.length, training: notes.length - held_out - unlabelled, held_out, unlabelled },
    labels: trainedLabels(notes, state.labels),
    selected: state.selected,
    cursor: cursor && { note: cursor.note, start: cursor.start, end: cursor.end, span: cursor.mark, suggested: cursor.suggested },
    sticky: state.sticky,
    undo: undo && said(undo),
    redo: redo && said(redo),
    run: {
      kind: run.kind,
      phase: run.phase,
      round: run.round,
      step: run.step,
      steps: run.steps,
      epoch: run.epoch,
      epochs: run.epochs,
      loss: run.loss,
    },
    history: progress.history,
    total_steps: progress.total_steps,
    scores_start_f1: progress.scores_start?.strict.f1 ?? null,
    scores_latest_f1: progress.scores_latest?.strict.f1 ?? null,
    models: {
      in_use: whichInUse(state),
      f1: scoresInUse(state)?.strict.f1 ?? null,
      own_f1: state.models?.own?.scores?.strict.f1 ?? null,
      federation_f1: state.models?.federation?.scores?.strict.f1 ?? null,
    },
    version: Math.max(run.version, state.model?.version ?? 0),
    has_model: state.has_model,
    encoder: state.encoder?.pack ?? null,
    encoders: {
      here: state.encoders.here?.whole.map(({ pack }) => pack) ?? [],
      parts: state.encoders.here?.parts ?? [],
      listed: state.encoders.listed?.map(({ pack }) => pack) ?? [],
      fetching: state.encoders.fetching?.pack ?? null,
      reading: state.encoders.reading !== null,
      words_per_s: state.encoders.speeds,
    },
    has_previous: state.has_previous,
    checkpoint_ms: state.checkpoint_ms,
    enrolled: state.enrolled,
    invited: state.invited?.federation_name ?? null,
    participating: settings.participating,
    import_problems: state.import_problems.map(({ file, line, message }) => ({ file: said(file), line, message: said(message) })),
    ledger: state.ledger.entries,
    peers: state.peers,
    leak_test: state.leak_test,
    ledger_totals: totals(state.ledger),
    errors: state.messages.map(({ time_ms, code, message, hint, dismissed }) => ({ time_ms, code, message: said(message), hint: said(hint), dismissed })),
    notices: state.notices.map((notice) => said(notice.message)),
  });
}
