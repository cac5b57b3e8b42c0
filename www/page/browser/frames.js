// Letting the page draw between pieces of long work.

/** A hidden page draws no frames; work goes on after this time all the same. */
const HIDDEN_WAIT_MS = 50;

/** Resolves once the page has been drawn. */
export function nextFrame() {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, HIDDEN_WAIT_MS);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      // After the drawing, not in its midst.
      setTimeout(resolve);
    });
  });
}
