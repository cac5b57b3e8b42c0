// What others can learn: the sites that this one has met, and the leak test.

import { said, text } from "../language/language.js";
import { leakWords } from "../state/others.js";
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
        setText(result, said(leakWords(leak_test)));
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
  const about = part(root, "peers-text");
  const tables = part(root, "peers");
  store.draw(
    whenChanged(
      (state) => [state.peers],
      (_, peers) => {
        const all = Object.entries(peers);
        setText(about, text(all.length === 0 ? "peers.none" : "peers.about"));
        tables.replaceChildren(...all.map(([federation, sites]) => peerTable(federation, sites)));
      },
    ),
  );
}

/**
 * @param {string} federation
 * @param {Page.Peers["sites"]} sites
 */
function peerTable(federation, sites) {
  const title = text("peers.of", { federation });
  const head = element("tr", {}, columnHead(text("peers.site")), columnHead(text("peers.fingerprint")));
  const rows = sites.map(({ site, fingerprint, own }) => {
    const name = element("td", {}, element("code", {}, site), own ? ` (${text("peers.own")})` : "");
    return element("tr", {}, name, element("td", {}, element("code", {}, fingerprint)));
  });
  const table = element("table", {}, element("caption", {}, title), element("thead", {}, head), element("tbody", {}, ...rows));
  const scroll = element("div", { class: "scroll" }, table);
  scroll.tabIndex = 0;
  scroll.role = "region";
  scroll.ariaLabel = title;
  return scroll;
}

/** @param {string} words */
function columnHead(words) {
  const made = element("th", {}, words);
  made.scope = "col";
  return made;
}
