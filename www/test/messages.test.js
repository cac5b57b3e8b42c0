// Where the messages are used: in the HTML and in the scripts. Nothing that people read stands anywhere else.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { MESSAGES } from "../page/language/messages.js";
import { elementsOf, wordsOf } from "./reading/html.js";
import { literalsOf } from "./reading/literals.js";

const WWW = new URL("../", import.meta.url);
const read = (path) => readFileSync(new URL(path, WWW), "utf8");
const VIEWS = ["index.html", ...readdirSync(new URL("views/", WWW)).map((name) => `views/${name}`)];
const SCRIPTS = ["page", "worker", "shared"].flatMap((folder) =>
  readdirSync(new URL(`${folder}/`, WWW), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((name) => name.endsWith(".js") && !name.startsWith("page/language/messages")),
);

/** Words in the HTML that are the same in every language. */
const SAME_IN_ALL = ["<1/> FedNER", "main", "dev", "test", "valid", "held-out", "/\\d+ ?mg/, DOSE", "entities", "start", "end", "label", "score", "ATC:N02BA01"];
/** Read only where nothing can be translated. */
const WITHOUT_SCRIPT = ["noscript", "title", "script"];
const ATTRIBUTES = { "aria-label": "data-text-label", title: "data-text-title", placeholder: "data-text-placeholder", alt: "data-text-alt" };

test("the English in the HTML is what the messages say", () => {
  for (const file of VIEWS) {
    for (const { element, attribute, key } of namedIn(file)) {
      const message = MESSAGES[key]?.en;
      assert.ok(message !== undefined, `${file}: there is no message ${key}`);
      assert.doesNotMatch(message, /[{}]/u, `${file}: ${key} has parameters, which the HTML can't give`);
      if (attribute === null) assert.ok(wordsOf(element).includes(message), `${file}: ${key} says “${message}”, the HTML “${wordsOf(element)[0]}”`);
      else assert.equal(element.attributes[attribute], message, `${file}: ${key}`);
    }
  }
});

test("every word in the HTML has a message", () => {
  const without = [];
  for (const file of VIEWS) {
    for (const element of elementsOf(read(file))) {
      if (isWithin(element, (one) => WITHOUT_SCRIPT.includes(one.tag) || one.tag === "kbd")) continue;
      const [words] = wordsOf(element);
      // Its words may be part of the message of the element around it.
      const named = isWithin(element, (one) => one.attributes["data-text"] !== undefined);
      if (/\p{L}/u.test(element.ownText) && !named && !SAME_IN_ALL.includes(words)) without.push(`${file}: ${words}`);
      for (const [attribute, name] of Object.entries(ATTRIBUTES)) {
        const value = element.attributes[attribute] ?? "";
        if (/\p{L}/u.test(value) && element.attributes[name] === undefined && !SAME_IN_ALL.includes(value)) without.push(`${file}: ${attribute} ${value}`);
      }
    }
  }
  assert.deepEqual(without, []);
});

test("every message is used", () => {
  const inHtml = new Set(VIEWS.flatMap((file) => namedIn(file).map(({ key }) => key)));
  const literals = SCRIPTS.flatMap((file) => literalsOf(read(file)));
  const whole = new Set(literals.map(({ text }) => text));
  // A key may be put together, such as `status.${name}`: then all that fit are used.
  const made = literals.filter(({ text }) => /^[a-z][a-z0-9.-]*\u0000|^\u0000[-.]/u.test(text)).map(({ text }) => new RegExp(`^${text.split("\u0000").map(escaped).join(".+")}$`, "u"));
  const unused = Object.keys(MESSAGES).filter((key) => !inHtml.has(key) && !whole.has(key) && !made.some((pattern) => pattern.test(key)));
  assert.deepEqual(unused, []);
});

test("no script holds words of its own", () => {
  const found = SCRIPTS.flatMap((file) => literalsOf(read(file)).filter((literal) => isProse(literal) && !isException(file, literal)).map(({ line, text }) => `${file}:${line}: ${text}`));
  assert.deepEqual(found, []);
});

/** Elements and attributes of a part of the HTML that name a message. */
function namedIn(file) {
  return elementsOf(read(file)).flatMap((element) =>
    Object.entries(element.attributes).flatMap(([name, key]) => {
      if (name === "data-text") return [{ element, attribute: null, key }];
      if (!name.startsWith("data-text-")) return [];
      const attribute = Object.entries({ ...ATTRIBUTES, content: "data-text-content" }).find(([, known]) => known === name)?.[0];
      assert.ok(attribute, `${file}: nothing reads ${name}`);
      return [{ element, attribute, key }];
    }),
  );
}

function isWithin(element, wanted) {
  for (let one = element; one; one = one.parent) if (wanted(one)) return true;
  return false;
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&");
}

/** Two words with a space between, or one that begins with a capital: what people would read as words. */
function isProse({ text }) {
  return /\p{L}[’'\p{L}]*[,:;]? +(?:\u0000|[“„]?\p{L})|\u0000 \p{L}{2}/u.test(text) || /^\p{Lu}\p{Ll}+[.!?…]?$/u.test(text);
}

/** What looks like words and is none, by where it stands. */
const EXCEPTIONS = [
  // Told to whoever changes the page: a mistake in its own HTML or code.
  { before: /new Error\($/u },
  { before: /new (?:DOM)?Exception\($/u },
  // Classes and selectors of the style sheet; what the HTML is made of.
  { before: /\bclass: $/u },
  { before: /className = $/u },
  { before: /(?:querySelectorAll|querySelector|closest|matches|matchMedia)\($/u },
  { before: /(?:setProperty|elements)\([^)]*$/u },
];
const EXCEPTIONS_BY_FILE = [
  { file: /language\/language/u, text: /^(?:English|Deutsch)$/u },
  // Units, which are the same in every language; a sample of type; an adapter without a name.
  { file: /format|label-dialog|device/u, text: /^(?:\u0000 [kM]B|Aa|unnamed adapter)$/u },
  // The names of file formats; those that are words have messages.
  { file: /shared\/formats/u, text: /./u },
  // What the engine or the browser says, to be recognised.
  { file: /failures|add-notes|ledger-words/u, text: /^(?:ResizeObserver loop|is a table with the columns|Files|[a-z' ]+)$/u },
  // Keys and seeds of the program itself, and how files and proofs begin.
  { file: /learn|imported|ledger|backup|enrolment/u, text: /^(?:\u0000 learning|file \u0000|group \u0000|FedNER (?:backup|enrolment).*)$/su },
  // Classes and selectors in constants.
  { file: /labels|highlights|plot|roving|mark-list/u, text: /^(?:tint-\u0000 line-\u0000|tick (?:middle|end)|chip \u0000|[.a-z[\], -]*button[.a-z[\], -]*)$/u },
  // Keys as browsers name them, columns as files name them, headers as HTTP does, and how files begin.
  { file: /keys|roving|list|adjudicate|picker|folding|doubts|panes|comment|note-bar|model|editor/u, text: /^(?:Arrow|Page)?(?:Up|Down|Left|Right)$|^(?:Home|End|Enter|Escape|Delete|Backspace|Tab|Shift|Mod|Any|Label|Esc)$/u },
];

function isException(file, { before, text }) {
  return EXCEPTIONS.some((one) => one.before.test(before)) || EXCEPTIONS_BY_FILE.some((one) => one.file.test(file) && one.text.test(text));
}
