// The composition root: makes the state, the services and the page's parts, and connects them.

import { openDatabase, storageFailure, storedWorkspaces } from "../shared/database.js";
import { phrase } from "../shared/phrase.js";
import { exposeAutomation } from "./automation.js";
import { download } from "./browser/download.js";
import { wantedLanguages } from "./browser/language.js";
import { spokenLanguage, useLanguage } from "./language/language.js";
import { annotateService } from "./services/annotate.js";
import { askingService } from "./services/asking.js";
import { assessService } from "./services/assess.js";
import { compareService } from "./services/compare.js";
import { doubtsService } from "./services/doubts.js";
import { encoderCommands } from "./services/encoders.js";
import { engineService } from "./services/engine.js";
import { exportService } from "./services/export.js";
import { report, watchPage } from "./services/failures.js";
import { filesService } from "./services/files.js";
import { importService } from "./services/import.js";
import { invitationService } from "./services/invitation.js";
import { keepingService } from "./services/keeping.js";
import { languageService } from "./services/language.js";
import { leakService } from "./services/leak.js";
import { learnService } from "./services/learn.js";
import { modelService } from "./services/model.js";
import { noteCommands } from "./services/note-commands.js";
import { noteListService } from "./services/note-list.js";
import { notesService } from "./services/notes.js";
import { preannotationsService } from "./services/preannotations.js";
import { samplesService } from "./services/samples.js";
import { termsService } from "./services/terms.js";
import { trainingService } from "./services/training.js";
import { unfinishedService } from "./services/unfinished.js";
import { versionService } from "./services/versions.js";
import { viewService } from "./services/views.js";
import { openAddress, openWorkspace, sampleWorkspace, showAddress, watchAddress } from "./services/workspace.js";
import { createBus } from "./state/bus.js";
import { reduce } from "./state/reduce.js";
import { initialState } from "./state/state.js";
import { createStore } from "./state/store.js";
import { lockWorkspace } from "./storage/lock.js";
import { doTask, notedTask, sweepLater, watchErasing } from "./storage/tasks.js";
import { UPGRADE } from "./storage/upgrade.js";
import { readWorkspace, WorkspaceStore } from "./storage/workspace-store.js";
import { mountAddNotes } from "./ui/add-notes.js";
import { mountAnnotate } from "./ui/annotate/mount.js";
import { mountCompare } from "./ui/compare.js";
import { mountDevice } from "./ui/device.js";
import { part } from "./ui/dom.js";
import { mountEncoderDialog, mountEncoderWork, mountModelKinds } from "./ui/encoders.js";
import { mountExport } from "./ui/export.js";
import { mountImportReport } from "./ui/import-report.js";
import { mountIntro } from "./ui/intro.js";
import { mountInvited } from "./ui/invited.js";
import { mountKeeping } from "./ui/keeping.js";
import { mountLanguage } from "./ui/language.js";
import { mountLedger } from "./ui/ledger.js";
import { mountListTools } from "./ui/list-tools.js";
import { mountMessages } from "./ui/messages.js";
import { mountModel } from "./ui/model.js";
import { mountNavigation } from "./ui/navigation.js";
import { mountNoteBar } from "./ui/note-bar.js";
import { mountDocumentList } from "./ui/note-list.js";
import { mountDocumentView } from "./ui/note-view.js";
import { mountOthers } from "./ui/others.js";
import { mountPanes } from "./ui/panes.js";
import { mountPlot } from "./ui/plot.js";
import { mountProgress } from "./ui/progress.js";
import { mountScores } from "./ui/scores.js";
import { mountSearchMarks } from "./ui/search-marks.js";
import { mountStatus } from "./ui/status.js";
import { mountSuggest } from "./ui/suggest.js";
import { mountJoinDialog, mountModelChoice, mountTrainControls } from "./ui/train-controls.js";
import { mountUnfinished } from "./ui/unfinished.js";
import { mountWorkspaceMenu } from "./ui/workspace-menu.js";

const address = openAddress();
useLanguage(spokenLanguage(wantedLanguages()));
/** @param {unknown} fault */
const onFault = (fault) => report(store, fault);
const store = createStore(initialState(address.workspace), reduce, onFault);
const bus = createBus(onFault);
watchPage(onFault);
/** Number of writes to the database that are not finished. */
let writing = () => 0;
/**
 * What is done about a new address of this workspace, besides its view.
 * @type {(changed: ReturnType<typeof openAddress>) => void}
 */
let takeAddress = () => {};
exposeAutomation(store, () => writing());
mountPage({ store, bus });
start().catch(onFault);

/** @param {Page.Context} context */
function mountPage(context) {
  const page = document.body;
  // First: what stands in the HTML is set before anything is drawn over it.
  mountLanguage(document, context);
  mountNavigation(page, context);
  mountStatus(part(page, "statusbar"), context);
  mountMessages(part(page, "message"), context);
  mountWorkspaceMenu(part(page, "workspace-menu"), context);
  mountInvited(part(page, "invited"), context, location.origin);
  mountUnfinished(part(page, "unfinished"), context);
  mountIntro(part(page, "hero"), context);
  const notes = part(page, "notes");
  mountAddNotes(notes, context);
  mountImportReport(part(page, "report"), context);
  mountExport(page, context);
  mountListTools(notes, context);
  mountDocumentList(notes, context);
  mountPanes(notes, context);
  mountSuggest(notes, context);
  mountNoteBar(part(page, "document-view"), context);
  mountDocumentView(part(page, "document-view"), context);
  mountAnnotate(page, context, download);
  mountSearchMarks(part(page, "document-view"), context);
  mountCompare(part(page, "compare"), context);
  const training = part(page, "training");
  mountTrainControls(training, context);
  mountModelChoice(training, context);
  mountModelKinds(training, context);
  mountEncoderWork(part(training, "encoder-work"), context);
  mountDevice(training, context);
  mountProgress(training, context);
  mountPlot(training, context);
  mountScores(training, context);
  mountModel(part(page, "model"), context);
  mountLedger(part(page, "left"), context);
  mountOthers(part(page, "others"), context);
  mountKeeping(page, context);
  mountJoinDialog(part(page, "join-dialog"), context, location.origin);
  mountEncoderDialog(part(page, "encoder-dialog"), context);
}

async function start() {
  versionService({ store, bus });
  languageService({ store, bus });
  const views = viewService({ store, bus });
  noteListService({ store, bus });
  const lock = await lockWorkspace(address.workspace);
  if (lock.held && (await didTask())) return;
  watchErasing();
  sweepLater().catch(onFault);
  // A tab that only shows the workspace leaves the database as it is: another page may be working on it.
  const database = await openDatabase(address.workspace, lock.held ? UPGRADE : null).catch((fault) => {
    store.dispatch({ type: "database-missing" });
    report(store, storageFailure(fault), []);
    return null;
  });
  const { stored, participations } = database ? await readWorkspace(database) : { stored: {}, participations: {} };
  const workspaces = [...new Set([...(await storedWorkspaces()), address.workspace])];
  store.dispatch({ type: "workspace-read", stored: { ...stored, workspaces, writable: lock.held } });
  views.take(address);
  watchAddress(address.workspace, (changed) => {
    views.take(changed);
    takeAddress(changed);
  });
  // For measurements: from here on the list can be used.
  requestAnimationFrame(() => performance.mark("list-shown"));
  // Another tab works in the workspace now: this one must not write any more.
  lock.lost.then(() => location.reload());
  if (lock.held) await work(database, participations);
  else await watchOnly(lock.free);
}

/**
 * Does what was noted before the page was loaded anew.
 * @returns {Promise<boolean>} whether another workspace is opened now
 */
async function didTask() {
  const task = notedTask();
  if (!task) return false;
  try {
    const next = await doTask(task, address.workspace);
    if (next === null) return false;
    showAddress(next, null);
    location.reload();
    return true;
  } catch (fault) {
    report(store, fault);
    return false;
  }
}

/**
 * @param {import("../shared/database.js").Database | null} database
 * @param {Record<string, Fedner.Participation>} participations
 */
async function work(database, participations) {
  const workspaceStore = new WorkspaceStore(store, database, participations);
  writing = () => workspaceStore.writing;
  const engine = engineService({ store, bus }, (participation) => training.enrolled(participation));
  notesService({ store, bus });
  noteCommands({ store, bus });
  unfinishedService({ store, bus });
  keepingService({ store, bus }, () => writing());
  annotateService({ store, bus }, engine);
  termsService({ store, bus });
  preannotationsService({ store, bus });
  doubtsService({ store, bus }, engine);
  const files = filesService({ store, bus });
  const samples = samplesService({ store, bus }, importService({ store, bus }, files));
  exportService({ store, bus }, engine, files);
  compareService({ store, bus }, engine, files);
  assessService({ store, bus }, engine);
  const learning = learnService({ store, bus }, engine);
  leakService({ store, bus }, engine);
  const model = modelService({ store, bus }, engine, restart);
  const encoders = encoderCommands({ store, bus }, engine.encoders);
  const ask = askingService(store, location.origin);
  const training = trainingService({ store, bus }, engine, learning, {
    server: location.origin,
    ask,
    participations,
    setParticipations: (all) => workspaceStore.setParticipations(all),
  });

  /** @type {Record<Page.Remedy, () => unknown>} */
  const remedies = {
    "restart-engine": restart,
    "download-checkpoint": model.downloadModel,
    "store-again": async () => {
      await workspaceStore.again();
      await engine.call("storeCheckpoint");
    },
    "join-anew": training.joinAnew,
    "go-on": training.resume,
    reload: () => location.reload(),
    "use-cpu": () => model.setDevice("cpu"),
    "get-encoder": encoders.getForModel,
  };
  async function restart() {
    await engine.restart();
    await training.resumeAfterRestart();
  }
  bus.on("act", async (action) => void (await remedies[action]()));
  bus.on("dismiss", (id) => store.dispatch({ type: "dismissed", id }));
  bus.on("switch-workspace", (workspace) => openWorkspace({ workspace }));
  bus.on("add-sample", (id) => addSample(id, samples.add));
  const invitations = invitationService({ store, bus }, ask);
  invitations.take(address).catch(onFault);
  takeAddress = (changed) => {
    invitations.take(changed).catch(onFault);
    if (changed.sample) samples.add(changed.sample).catch(onFault);
  };

  await Promise.all([samples.list(), engine.start(null)]);
  if (address.sample && store.get().notes.length === 0) await samples.add(address.sample);
  const { participating, resume } = store.get().settings;
  // Not when the address holds an invitation to another federation.
  const invitedElsewhere = address.join !== null && address.join !== participating;
  if (participating && !invitedElsewhere && (address.resume ?? resume)) await training.resume();
}

/**
 * Adds the notes of a demo hospital, each in a workspace of its own.
 * @param {string} id
 * @param {(id: string) => Promise<void>} add to this workspace
 */
async function addSample(id, add) {
  const workspace = sampleWorkspace(id);
  const { workspace: own, notes, invitation, enrolled } = store.get();
  // Somebody who was invited to this workspace stays in it.
  const invitedHere = notes.length === 0 && (invitation !== null || enrolled.length > 0);
  if (workspace === own || invitedHere) await add(id);
  else openWorkspace({ workspace, sample: id });
}

/** @param {Promise<void>} free resolves when the other tab is gone */
async function watchOnly(free) {
  bus.on("dismiss", (id) => store.dispatch({ type: "dismissed", id }));
  bus.on("switch-workspace", (workspace) => openWorkspace({ workspace }));
  bus.on("act", () => location.reload());
  store.dispatch({ type: "workspace-open-elsewhere" });
  report(store, {
    code: "open-elsewhere",
    message: phrase("workspace.open-elsewhere", { workspace: address.workspace }),
    hint: phrase("workspace.open-elsewhere-hint"),
  });
  await free;
  report(store, {
    code: "free-again",
    message: phrase("workspace.free-again"),
    hint: phrase("workspace.free-again-hint"),
  }, ["reload"]);
}
