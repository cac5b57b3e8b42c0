// Runs: training on this device, taking part in a federation, and cancelling either.

import { hash } from "../state/note-id.js";
import { asFailure, report } from "./failures.js";

/** Failures after which taking part can simply be resumed. */
const CAN_GO_ON = ["network", "busy", "internal"];

/**
 * @param {Page.Context} context
 * @param {import("./engine.js").EngineService} engine
 * @param {{stop: () => Promise<void>}} learning gives way to training that somebody asks for
 * @param {{server: string, participations: Record<string, Fedner.Participation>, setParticipations: (all: Record<string, Fedner.Participation>) => Promise<void>}} site
 *   `setParticipations` stores the credentials
 */
export function trainingService({ store, bus }, engine, learning, site) {
  let participations = site.participations;
  /** Storing the newest credentials. @type {Promise<void>} */
  let stored = Promise.resolve();

  /**
   * @template T
   * @param {"training" | "participating"} kind
   * @param {() => Promise<T>} work
   * @param {(fault: unknown) => void} onFault
   * @returns {Promise<T | null>}
   */
  async function run(kind, work, onFault) {
    if (store.get().run.kind !== "idle") return null;
    // The corpus first, so that `has_model` is known when the run starts.
    try {
      await learning.stop();
      await engine.loadCorpus();
    } catch (fault) {
      report(store, fault);
      return null;
    }
    if (store.get().run.kind !== "idle") return null;
    store.dispatch({ type: "run-started", kind, now_ms: Date.now() });
    try {
      return await work();
    } catch (fault) {
      onFault(fault);
      return null;
    } finally {
      store.dispatch({ type: "run-ended" });
    }
  }

  /** @param {number} epochs */
  async function train(epochs) {
    store.dispatch({ type: "settings-changed", settings: { epochs } });
    await run("training", () => engine.call("train", { epochs, seed: seed() }), faultOfRun);
  }

  /**
   * An invitation is a secret between this site and one federation: another one never gets it.
   * @param {string} federation
   */
  function invitationTo(federation) {
    const { invitation } = store.get();
    return invitation?.federation === federation ? invitation.secret : null;
  }

  /**
   * Accepts an invitation, which can be done before there are notes to train on.
   * @param {string} federation
   * @param {string} invitation
   * @returns {Promise<boolean>} whether the workspace is enrolled
   */
  async function enrol(federation, invitation) {
    if (store.get().run.kind !== "idle") return false;
    store.dispatch({ type: "run-started", kind: "participating", now_ms: Date.now() });
    try {
      await learning.stop();
      await engine.call("enrol", { server: site.server, federation, invitation });
      // The invitation is used up now: the credential must not be lost with this tab.
      await stored;
    } catch (fault) {
      // A refused invitation can't be used any more.
      if (asFailure(fault).code === "refused") store.dispatch({ type: "invitation-ended", federation });
      faultOfRun(fault);
      return false;
    } finally {
      store.dispatch({ type: "run-ended" });
    }
    store.dispatch({ type: "noticed", message: `This workspace is enrolled in “${federation}”.`, now_ms: Date.now() });
    return true;
  }

  /** @param {string} federation */
  async function participate(federation) {
    // It lasts for hours or days, so it waits for a GPU that is being prepared.
    await engine.settled();
    const invitation = invitationTo(federation);
    if (invitation !== null && !participations[federation]) {
      if (!(await enrol(federation, invitation))) return;
      if (!hasNotes(store.get())) return;
    }
    const known = participations[federation] ?? null;
    const result = await run(
      "participating",
      () => {
        store.dispatch({ type: "participation-started", federation });
        const options = { server: site.server, federation, invitation: invitationTo(federation), participation: known, seed: seed() };
        return engine.call("participate", options);
      },
      (fault) => faultOfFederation(fault, known !== null),
    );
    if (!result) return;
    // Finished, or left by the person: it is not resumed after a reload.
    store.dispatch({ type: "participation-finished", version: result.version });
    const what = result.finished ? "The federation has done all its rounds." : "You have left the federation.";
    store.dispatch({ type: "noticed", message: what, now_ms: Date.now() });
  }

  /** @param {unknown} fault */
  function faultOfRun(fault) {
    const { code } = asFailure(fault);
    if (code !== "cancelled" && code !== "restarted") report(store, fault);
  }

  /**
   * @param {unknown} fault
   * @param {boolean} wasEnrolled
   */
  function faultOfFederation(fault, wasEnrolled) {
    const { code } = asFailure(fault);
    // Restarted from the page: it takes part again as soon as the engine is up.
    if (code === "restarted") return;
    if (code === "cancelled") store.dispatch({ type: "participation-ended" });
    else if (code === "refused") {
      if (!wasEnrolled) store.dispatch({ type: "participation-ended" });
      report(store, fault, wasEnrolled ? ["go-on", "join-anew"] : []);
    } else if (CAN_GO_ON.includes(code)) report(store, fault, ["go-on"]);
    else report(store, fault);
  }

  /** Runs of one workspace can be repeated: the same seed, notes and device give the same model. */
  function seed() {
    return Number.parseInt(hash(store.get().workspace).slice(0, 8), 16);
  }

  /** @param {{federation: string, invitation: string}} wanted */
  async function join({ federation, invitation }) {
    store.dispatch({ type: "invitation-given", invitation: invitation === "" ? null : { federation, secret: invitation } });
    store.dispatch({ type: "settings-changed", settings: { federation } });
    if (store.get().settings.consent_ms === null) store.dispatch({ type: "consent-asked" });
    else await participate(federation);
  }

  /** Resumes the federation this workspace takes part in after the engine was restarted. */
  async function resumeAfterRestart() {
    const { engine: phase, settings } = store.get();
    if (phase === "up" && settings.participating) await resume();
  }

  async function resume() {
    const { participating, federation } = store.get().settings;
    await participate(participating ?? federation);
  }

  bus.on("train", train);
  bus.on("join", join);
  bus.on("resume", resume);
  bus.on("set-resume", (resume) => store.dispatch({ type: "settings-changed", settings: { resume } }));
  bus.on("join-confirmed", async () => {
    store.dispatch({ type: "consent-given", now_ms: Date.now() });
    await participate(store.get().settings.federation);
  });
  bus.on("join-declined", () => store.dispatch({ type: "consent-declined" }));
  bus.on("cancel", async () => {
    if (store.get().run.kind === "idle") return;
    store.dispatch({ type: "run-cancelling" });
    await engine.call("cancel");
  });

  return {
    resume,
    resumeAfterRestart,
    /** Forgets the site's credential for the federation and enrols again. */
    async joinAnew() {
      const { participating, federation: named } = store.get().settings;
      const federation = participating ?? named;
      const { [federation]: _, ...others } = participations;
      remember(others);
      await participate(federation);
    },
    /** @param {Fedner.Participation} participation */
    enrolled(participation) {
      const { federation } = participation;
      remember({ ...participations, [federation]: participation });
      // An invitation is used up by enrolling; one for another federation is not.
      store.dispatch({ type: "invitation-ended", federation });
    },
  };

  /** @param {Record<string, Fedner.Participation>} all */
  function remember(all) {
    participations = all;
    stored = site.setParticipations(all);
    store.dispatch({ type: "enrolments-changed", federations: Object.keys(all) });
  }
}

/** @param {Page.State} state */
function hasNotes({ notes }) {
  return notes.some((note) => note.labelled && !note.held_out && note.entities.length > 0);
}
