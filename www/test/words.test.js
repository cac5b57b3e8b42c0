import assert from "node:assert/strict";
import { test } from "node:test";
import { trainedOn, wholeCorpus } from "../page/state/corpus.js";
import { percent, size } from "../page/state/format.js";
import { lastingFragment, readFragment, workspaceName } from "../page/state/fragment.js";
import { labelSet, namesIn, tint, withLabels } from "../page/state/labels.js";

test("the fragment names workspace, federation and invitation", () => {
  assert.deepEqual(readFragment("#workspace=north&join=demo&invitation=s%2B3"), {
    workspace: "north", view: null, join: "demo", invitation: "s+3", sample: null, resume: null,
  });
  assert.equal(readFragment("").workspace, "main");
  assert.equal(readFragment("#resume=no").resume, false);
});

test("only the workspace stays in the address", () => {
  assert.equal(lastingFragment("main", "notes"), "#view=notes");
  assert.equal(lastingFragment("main", null), "#workspace=main");
  assert.equal(lastingFragment("sample-north", "training"), "#workspace=sample-north&view=training");
  assert.equal(readFragment("#view=elsewhere").view, null);
  assert.equal(readFragment(lastingFragment("Ward 3 ä", "left")).workspace, "Ward 3 ä");
});

test("workspace names are checked", () => {
  assert.equal(workspaceName("  Ward 3 "), "Ward 3");
  for (const bad of ["", " ", "../x", "<b>", "x".repeat(41), "-x"]) assert.equal(workspaceName(bad), null, bad);
  assert.equal(readFragment("#workspace=<b>").workspace, "main");
});

const notes = [
  { id: "1", text: "a", labelled: true, held_out: false, entities: [{ start: 0, end: 1, label: "Drug" }, { start: 0, end: 1, label: "Dose" }] },
  { id: "3", text: "c", labelled: false, held_out: false, entities: [] },
  { id: "2", text: "b", labelled: true, held_out: true, entities: [{ start: 0, end: 1, label: "Drug" }] },
];

const labels = withLabels([], ["Zebra", ...namesIn(notes)]);
const off = labels.map((label) => ({ ...label, on: label.name !== "Dose" }));

test("the label set keeps its order and counts entities", () => {
  assert.deepEqual(labelSet(notes, off).map(({ name, key, on, training, held_out }) => [name, key, on, training, held_out]), [
    ["Zebra", "1", true, 0, 0],
    ["Dose", "2", false, 1, 0],
    ["Drug", "3", true, 1, 1],
  ]);
});

test("a label defined later takes the first colour and key that are free", () => {
  const gap = withLabels(labels.filter((label) => label.name !== "Dose"), ["New"]).at(-1);
  assert.deepEqual([gap.colour, gap.key], [1, "2"]);
});

test("more labels than keys: the last ones have none", () => {
  const many = withLabels([], Array.from({ length: 40 }, (_, i) => `L${i}`));
  const keys = many.map((label) => label.key).filter((key) => key !== "");
  assert.equal(keys.length, 26);
  assert.equal(new Set(keys).size, 26);
  assert.equal(many.at(-1).key, "");
});

test("labels that are off are not trained on", () => {
  const made = wholeCorpus(trainedOn(notes, off));
  assert.deepEqual(made.labels, ["Drug"]);
  assert.deepEqual(made.documents[0].entities.map((e) => e.label), ["Drug"]);
  assert.deepEqual(made.documents.map((d) => d.id), ["1", "2"]);
  assert.deepEqual(Object.keys(made.documents[0]).sort(), ["entities", "held_out", "id", "text"]);
});

test("colours repeat with another line style, so that no two labels look alike", () => {
  const names = Array.from({ length: 36 }, (_, i) => `L${i}`);
  const many = withLabels([], names);
  assert.equal(new Set(names.map((name) => tint(many, name))).size, 36);
});

test("figures in words", () => {
  assert.equal(size(999), "999 B");
  assert.equal(size(1500), "1.5 kB");
  assert.equal(size(1_843_200), "1.84 MB");
  assert.equal(percent(0.8126), "81.3 %");
  assert.equal(percent(null), "–");
});
