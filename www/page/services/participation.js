// Taking part in a federation: enrolling with an invitation, the rounds, and resuming after a restart or a reload.

import { phrase } from "../../shared/phrase.js";
import { hasConsent } from "../state/consent.js";
import { LOOK_AT_OFFER } from "../state/ledger-words.js";
import { asFailure, report } from "./failures.js";
import { encoderNeeded } from "./reading.js";

/** Failures after which taking part can simply be resumed. */
const RESUMABLE = ["network", "busy", "internal"];

/**
 * `participations`: the site's credentials, by federation; `setParticipations` stores them.
 * @typedef {{
 *   server: string,
 *   ask: import("./asking.js").Ask,
 *   participations: Record<string, Fedner.Participation>,
 *   setParticipations: (all: Record<string, Fedner.Participation>) => Promise<void>,
 * }} Site
 */

export class Participation {
  #store;
  #engine;
  #runner;
  #site;
  #participations;
  /** Storing the newest credentials. @type {Promise<void>} */
  #stored = Promise.resolve();

  /**
   * @param {Page.Store} store
   * @param {import("./engine.js").EngineService} engine
   * @param {import("./runner.js").Runner} runner
   * @param {Site} site
   */
  constructor(store, engine, runner, site) {
    this.#store = store;
    this.#engine = engine;
    this.#runner = runner;
    this.#site = site;
    this.#participations = site.participations;
  }

  /** @param {{federation: string, invitation: string}} wanted */
  async join({ federation, invitation }) {
    const given = invitation === "" ? null : { federation, secret: invitation };
    this.#store.dispatch({ type: "invitation-given", invitation: given });
    this.#store.dispatch({ type: "settings-changed", settings: { federation } });
    if (hasConsent(this.#store.get(), federation)) return this.#participate(federation);
    this.#store.dispatch({ type: "consent-asked", offer: await this.#offer(federation, given?.secret ?? null) });
  }

  /**
   * What taking part would send; null where the server does not say.
   * @param {string} federation
   * @param {string | null} invitation
   * @returns {Promise<Page.Offer | null>}
   */
  async #offer(federation, invitation) {
    const body = invitation === null ? { federation } : { federation, invitation };
    try {
      const { ok, answer } = await this.#site.ask({ path: "/api/v1/offer", body, what: LOOK_AT_OFFER });
      return ok ? answer : null;
    } catch {
      // What goes wrong here goes wrong again when the site enrols, and is reported then.
      return null;
    }
  }

  /** The person has agreed to what leaves the device. */
  async confirm() {
    this.#store.dispatch({ type: "consent-given", now_ms: Date.now() });
    await this.#participate(this.#store.get().settings.federation);
  }

  async resume() {
    const { participating, federation } = this.#store.get().settings;
    await this.#participate(participating ?? federation);
  }

  /** Resumes the federation this workspace takes part in after the engine was restarted. */
  async resumeAfterRestart() {
    const { engine: phase, settings } = this.#store.get();
    if (phase === "up" && settings.participating) await this.resume();
  }

  /** Forgets the site's credential for the federation and enrols again. */
  async joinAnew() {
    const { participating, federation: named } = this.#store.get().settings;
    const federation = participating ?? named;
    const { [federation]: _, ...others } = this.#participations;
    this.#remember(others);
    await this.#participate(federation);
  }

  /** @param {Fedner.Participation} participation */
  enrolled(participation) {
    const { federation } = participation;
    this.#remember({ ...this.#participations, [federation]: participation });
    // An invitation is used up by enrolling; one for another federation is not.
    this.#store.dispatch({ type: "invitation-ended", federation });
  }

  /** @param {Record<string, Fedner.Participation>} all */
  #remember(all) {
    this.#participations = all;
    this.#stored = this.#site.setParticipations(all);
    this.#store.dispatch({ type: "enrolments-changed", federations: Object.keys(all) });
  }

  /** @param {string} federation */
  async #participate(federation) {
    // It lasts for hours or days, so it waits for a GPU that is being prepared.
    await this.#engine.settled();
    const invitation = this.#invitationTo(federation);
    if (invitation !== null && !this.#participations[federation]) {
      if (!(await this.#enrol(federation, invitation))) return;
      if (!hasNotes(this.#store.get())) return;
    }
    const known = this.#participations[federation] ?? null;
    const onFault = (/** @type {unknown} */ fault) => this.#failed(fault, known !== null);
    const result = await this.#runner.runOnNotes("participating", () => this.#engine.retrying(() => this.#takePart(federation)), onFault);
    if (!result) return;
    // Finished, or left by the person: it is not resumed after a reload.
    this.#store.dispatch({ type: "participation-finished", version: result.version });
    const message = result.finished ? phrase("status.finished") : phrase("federation.left");
    this.#store.dispatch({ type: "noticed", message, now_ms: Date.now() });
  }

  /** @param {string} federation */
  #takePart(federation) {
    this.#store.dispatch({ type: "participation-started", federation });
    const participation = this.#participations[federation] ?? null;
    const invitation = this.#invitationTo(federation);
    const { baseline, masked_only } = this.#store.get().settings;
    const agreed = { baseline, masked_only: masked_only.includes(federation) };
    const options = { server: this.#site.server, federation, invitation, participation, ...agreed };
    return this.#engine.call("participate", options);
  }

  /**
   * An invitation is a secret between this site and one federation: another one never gets it.
   * @param {string} federation
   */
  #invitationTo(federation) {
    const { invitation } = this.#store.get();
    return invitation?.federation === federation ? invitation.secret : null;
  }

  /**
   * Accepts an invitation, which can be done before there are notes to train on.
   * @param {string} federation
   * @param {string} invitation
   * @returns {Promise<boolean>} whether the workspace is enrolled
   */
  async #enrol(federation, invitation) {
    const { server } = this.#site;
    const done = await this.#runner.run(
      "participating",
      async () => {
        await this.#engine.call("enrol", { server, federation, invitation });
        // The invitation is used up now: the credential must not be lost with this tab.
        await this.#stored;
        return true;
      },
      (fault) => {
        // A refused invitation can't be used any more.
        if (asFailure(fault).code === "refused") this.#store.dispatch({ type: "invitation-ended", federation });
        this.#runner.reportUnlessEnded(fault);
      },
    );
    if (!done) return false;
    this.#store.dispatch({ type: "noticed", message: phrase("federation.enrolled", { federation }), now_ms: Date.now() });
    return true;
  }

  /**
   * @param {unknown} fault
   * @param {boolean} wasEnrolled
   */
  #failed(fault, wasEnrolled) {
    const { code } = asFailure(fault);
    // Restarted from the page: it takes part again as soon as the engine is up.
    if (code === "restarted") return;
    const needed = encoderNeeded(fault);
    // It goes on once the person has had the encoder fetched; nothing was sent but the enrolment.
    if (needed) this.#engine.encoders.offer(needed, "federation", () => this.resume()).catch((why) => report(this.#store, why));
    else if (code === "cancelled") this.#store.dispatch({ type: "participation-ended" });
    else if (code === "refused") {
      if (!wasEnrolled) this.#store.dispatch({ type: "participation-ended" });
      report(this.#store, fault, wasEnrolled ? ["go-on", "join-anew"] : []);
    } else if (RESUMABLE.includes(code)) report(this.#store, fault, ["go-on"]);
    else report(this.#store, fault);
  }
}

/** @param {Page.State} state */
function hasNotes({ notes }) {
  return notes.some((note) => note.labelled && !note.held_out && note.entities.length > 0);
}
