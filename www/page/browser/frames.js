// Lets the page draw between pieces of long work.

/** A hidden page draws no frames; work continues after this time. */
const HIDDEN_WAIT_MS = 50;

/** Resolves once the page has been drawn. */
export function nextFrame() {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, HIDDEN_WAIT_MS);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      // After the frame was drawn.
      setTimeout(resolve);
    });
  });
}
