// What others can learn: the sites that this one has met, and the leak test.

import { leakText, peersText } from "../state/others.js";
import { element, part, setText, whenChanged } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountOthers(root, { store, bus }) {
  mountPeers(root, store);
  const start = part(root, "leak-test", HTMLButtonElement);
  const result = part(root, "leak-result");
  const words = part(root, "leak-words", HTMLDetailsElement);
  const named = part(root, "leak-named");
  start.addEventListener("click", () => bus.emit("test-leak", null));
  store.draw(
    whenChanged(
      (state) => [state.leak_test, state.engine === "up" && state.corpus !== null],
      (_, leak_test, able) => {
        start.disabled = !able || leak_test.running;
        setText(result, leakText(leak_test));
        const list = leak_test.report?.named ?? [];
        words.hidden = list.length === 0;
        setText(named, list.join(", "));
      },
    ),
  );
}

/**
 * @param {HTMLElement} root
 * @param {Page.Store} store
 */
function mountPeers(root, store) {
  const text = part(root, "peers-text");
  const tables = part(root, "peers");
  store.draw(
    whenChanged(
      (state) => [state.peers],
      (_, peers) => {
        setText(text, peersText(peers));
        tables.replaceChildren(...Object.entries(peers).map(([federation, sites]) => peerTable(federation, sites)));
      },
    ),
  );
}

/**
 * @param {string} federation
 * @param {Page.Peers["sites"]} sites
 */
function peerTable(federation, sites) {
  const head = element("tr", {}, columnHead("Site"), columnHead("Fingerprint of its key"));
  const rows = sites.map(({ site, fingerprint, own }) =>
    element("tr", {}, element("td", {}, element("code", {}, site), own ? " (this one)" : ""), element("td", {}, element("code", {}, fingerprint))),
  );
  const table = element("table", { class: "peers" }, element("caption", {}, `“${federation}”`), element("thead", {}, head), element("tbody", {}, ...rows));
  const scroll = element("div", { class: "scroll" }, table);
  scroll.tabIndex = 0;
  scroll.role = "region";
  scroll.ariaLabel = `Sites of “${federation}”`;
  return scroll;
}

/** @param {string} text */
function columnHead(text) {
  const made = element("th", {}, text);
  made.scope = "col";
  return made;
}
