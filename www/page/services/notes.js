// What people do to notes and labels, as steps that can be undone, and which notes are held out.

/** @param {Page.Context} context */
export function notesService({ store, bus }) {
  bus.on("edit", (edit) => store.dispatch({ type: "edit", edit }));
  bus.on("undo", () => store.dispatch({ type: "undo" }));
  bus.on("redo", () => store.dispatch({ type: "redo" }));
  bus.on("set-split", ({ id, held_out }) => store.dispatch({ type: "split-set", id, held_out }));
}
