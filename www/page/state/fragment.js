// What the address's fragment says: #workspace=north&join=demo&invitation=…&sample=north&resume=no

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
    join: values.get("join"),
    invitation: values.get("invitation"),
    sample: values.get("sample"),
    resume: resume === null ? null : resume !== "no",
  };
}

/**
 * The fragment that stays in the address bar: only the workspace. An invitation is a secret and must not be kept
 * in the history.
 * @param {string} workspace
 */
export function lastingFragment(workspace) {
  return workspace === MAIN_WORKSPACE ? "" : `#${new URLSearchParams({ workspace })}`;
}

/**
 * A usable workspace name, or null.
 * @param {string} name
 */
export function workspaceName(name) {
  const trimmed = name.trim();
  return WORKSPACE_NAME.test(trimmed) ? trimmed : null;
}
