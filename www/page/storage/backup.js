// A workspace as one encrypted file. Its form: a line that names it, a line of JSON with the parameters, then the
// content, compressed (gzip) and encrypted (AES-256-GCM) with a key from the passphrase (PBKDF2, SHA-256). The line of
// parameters is authenticated with it. A short text is encrypted beside it, so that a wrong passphrase and a damaged file
// can be told apart.

import { phrase } from "../../shared/phrase.js";
import { packed, unpacked } from "./packing.js";

const FIRST_LINE = "FedNER backup 1\n";
/** As OWASP's Password Storage Cheat Sheet has it for PBKDF2 with SHA-256. */
const ITERATIONS = 600_000;
/** A file that asks for more would keep the page busy for minutes. */
const ITERATIONS_MAX = 10_000_000;
const SALT_BYTES = 16;
const IV_BYTES = 12;
/** Longest line of parameters. */
const HEADER_BYTES_MAX = 4096;
const CHECK = new TextEncoder().encode("FedNER backup");
/** Shortest passphrase. */
export const PASSPHRASE_MIN = 10;

/**
 * @typedef {{workspace: string, made_ms: number, iterations: number, salt: string, iv: string, check_iv: string, check: string}} Header
 */

/**
 * @param {{workspace: string, content: import("./copy.js").Content, passphrase: string, now_ms: number}} what
 * @returns {Promise<Blob>}
 */
export async function encryptBackup({ workspace, content, passphrase, now_ms }) {
  const random = (/** @type {number} */ length) => crypto.getRandomValues(new Uint8Array(length));
  const [salt, iv, check_iv] = [random(SALT_BYTES), random(IV_BYTES), random(IV_BYTES)];
  const key = await keyOf(passphrase, salt, ITERATIONS);
  const check = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: check_iv }, key, CHECK));
  /** @type {Header} */
  const header = {
    workspace,
    made_ms: now_ms,
    iterations: ITERATIONS,
    salt: base64(salt),
    iv: base64(iv),
    check_iv: base64(check_iv),
    check: base64(check),
  };
  const line = new TextEncoder().encode(`${JSON.stringify(header)}\n`);
  const plain = await through(packed(content), new CompressionStream("gzip"));
  const secret = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: line }, key, plain);
  return new Blob([FIRST_LINE, line, secret], { type: "application/octet-stream" });
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {string} passphrase
 * @returns {Promise<{workspace: string, made_ms: number, content: import("./copy.js").Content}>}
 */
export async function decryptBackup(bytes, passphrase) {
  const { header, line, secret } = parts(bytes);
  const key = await keyOf(passphrase, unbase64(header.salt), header.iterations);
  const check = { name: "AES-GCM", iv: unbase64(header.check_iv) };
  await crypto.subtle.decrypt(check, key, unbase64(header.check)).catch(() => {
    throw failure(phrase("backup.wrong-passphrase"), phrase("backup.wrong-passphrase-hint"));
  });
  const content = { name: "AES-GCM", iv: unbase64(header.iv), additionalData: line };
  const plain = await crypto.subtle.decrypt(content, key, secret).catch(() => {
    throw damaged();
  });
  const unzipped = await through(new Uint8Array(plain), new DecompressionStream("gzip")).catch(() => {
    throw damaged();
  });
  return { workspace: header.workspace, made_ms: header.made_ms, content: unpacked(unzipped) };
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {{header: Header, line: Uint8Array<ArrayBuffer>, secret: Uint8Array<ArrayBuffer>}}
 */
function parts(bytes) {
  const first = new TextDecoder().decode(bytes.subarray(0, FIRST_LINE.length));
  if (first !== FIRST_LINE) {
    throw failure(phrase("backup.no-backup"), phrase("backup.no-backup-hint"));
  }
  const end = bytes.subarray(0, FIRST_LINE.length + HEADER_BYTES_MAX).indexOf(10, FIRST_LINE.length) + 1;
  if (end === 0) throw damaged();
  const line = bytes.slice(FIRST_LINE.length, end);
  try {
    const header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(line));
    const texts = [header.workspace, header.salt, header.iv, header.check_iv, header.check];
    const sound = texts.every((text) => typeof text === "string") && header.iterations >= 1 && header.iterations <= ITERATIONS_MAX;
    if (sound) return { header, line, secret: bytes.slice(end) };
  } catch {
    // Said below.
  }
  throw damaged();
}

/**
 * @param {string} passphrase
 * @param {Uint8Array<ArrayBuffer>} salt
 * @param {number} iterations
 */
async function keyOf(passphrase, salt, iterations) {
  const typed = new TextEncoder().encode(passphrase.normalize("NFC"));
  const material = await crypto.subtle.importKey("raw", typed, "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(how, material, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {CompressionStream | DecompressionStream} stream
 */
async function through(bytes, stream) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

function damaged() {
  return failure(phrase("backup.damaged"), phrase("backup.damaged-hint"));
}

/**
 * @param {Page.Said} message
 * @param {Page.Said} hint
 */
function failure(message, hint) {
  return { code: "backup", message, hint };
}

/** @param {Uint8Array} bytes */
function base64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

/** @param {string} text */
function unbase64(text) {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    throw damaged();
  }
}
