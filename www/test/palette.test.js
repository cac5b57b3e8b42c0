import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { lineOf, TINTS } from "../page/state/labels.js";

const [light, dark] = readFileSync(new URL("../style/tokens.css", import.meta.url), "utf8").split("@media (prefers-color-scheme: dark)");
const SCHEMES = { light, dark };

const token = (scheme, name) => new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(SCHEMES[scheme])[1];
const linear = (colour) =>
  [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));

/** WCAG 2: relative luminance and contrast ratio. */
const luminance = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
function contrast(a, b) {
  const [dark, bright] = [luminance(linear(a)), luminance(linear(b))].sort((x, y) => x - y);
  return (bright + 0.05) / (dark + 0.05);
}

/** How colours look without one kind of cone: Machado, Oliveira and Fernandes 2009, severity 1. */
const SIGHTS = {
  common: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

function lab(rgb) {
  const [r, g, b] = rgb.map((c) => Math.min(Math.max(c, 0), 1));
  const f = (t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}
const seen = (sight, colour) => lab(SIGHTS[sight].map((row) => row.reduce((sum, weight, i) => sum + weight * linear(colour)[i], 0)));
const distance = (a, b) => Math.hypot(...a.map((v, i) => v - b[i]));

for (const scheme of Object.keys(SCHEMES)) {
  test(`words on every label's colour can be read, ${scheme}`, () => {
    for (let i = 0; i < TINTS; i += 1) {
      const [fill, line] = [token(scheme, `tint-${i}`), token(scheme, `tint-${i}-line`)];
      assert.ok(contrast(token(scheme, "ink"), fill) >= 7, `the text on tint ${i}`);
      assert.ok(contrast(token(scheme, "surface"), line) >= 4.5, `the label's name on tint ${i}, and in its colour on the page`);
      assert.ok(contrast(fill, line) >= 3, `the line of tint ${i} on its own colour`);
    }
  });

  test(`no two labels of the same kind of line look alike, whatever cones one has, ${scheme}`, () => {
    for (const sight of Object.keys(SIGHTS)) {
      for (let a = 0; a < TINTS; a += 1) {
        for (let b = a + 1; b < TINTS; b += 1) {
          if (lineOf(a) !== lineOf(b)) continue;
          const apart = distance(seen(sight, token(scheme, `tint-${a}-line`)), seen(sight, token(scheme, `tint-${b}-line`)));
          assert.ok(apart >= 10, `tints ${a} and ${b}, ${sight}: ${apart.toFixed(1)}`);
        }
      }
    }
  });
}
