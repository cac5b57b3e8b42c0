// What the address's fragment says: #workspace=north&view=training&join=demo&invitation=…&sample=north&resume=no

import { viewNamed } from "./views.js";

/** The workspace when the fragment names none. */
export const MAIN_WORKSPACE = "main";
const WORKSPACE_NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}$/u;

/**
 * @param {string} hash the fragment, with or without its "#"
 */
export function readFragment(hash) {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const resume = values.get("resume");
  return {
    workspace: workspaceName(values.get("workspace") ?? "") ?? MAIN_WORKSPACE,
    view: viewNamed(values.get("view")),
    join: values.get("join"),
    invitation: values.get("invitation"),
    sample: values.get("sample"),
    resume: resume === null ? null : resume !== "no",
  };
}

/**
 * The fragment that stays in the address bar: the workspace and the view. An invitation is a secret and must not be kept
 * in the history.
 * @param {string} workspace
 * @param {Page.View | null} view null: the one that was shown last
 */
export function lastingFragment(workspace, view) {
  const values = new URLSearchParams();
  if (workspace !== MAIN_WORKSPACE || view === null) values.set("workspace", workspace);
  if (view !== null) values.set("view", view);
  return `#${values}`;
}

/**
 * A usable workspace name, or null.
 * @param {string} name
 */
export function workspaceName(name) {
  const trimmed = name.trim();
  return WORKSPACE_NAME.test(trimmed) ? trimmed : null;
}
