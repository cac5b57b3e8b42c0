// Runs in the page. Every measurement answers with a list of {what, times}: milliseconds between two frames, or from a
// key or click to the frame that shows what it did.
window.bench = (() => {
  const byId = (id) => document.getElementById(id);
  const frame = () => new Promise(requestAnimationFrame);
  // After the frame with all changes was drawn.
  const drawn = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))));

  async function framesWhile(work) {
    const times = [];
    let last = await frame();
    let over = false;
    const done = Promise.resolve(work()).then(() => { over = true; });
    while (!over) {
      const now = await frame();
      times.push(now - last);
      last = now;
    }
    await done;
    return times;
  }

  function press(target, key, more = {}) {
    target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
  }

  async function scroll(element, frames) {
    const top = element.scrollHeight - element.clientHeight;
    return framesWhile(async () => {
      for (let i = 1; i <= frames; i += 1) {
        // There and back, slowly at first and then in leaps.
        element.scrollTop = top * Math.abs(Math.sin((i / frames) ** 2 * Math.PI));
        await frame();
      }
    });
  }

  const scrollList = async ({ frames }) => [{ what: "scrolling the list, a frame", times: await scroll(byId("document-list"), frames) }];

  async function walkList({ frames }) {
    const list = byId("document-list");
    list.focus();
    press(list, "Home");
    await drawn();
    const times = [];
    for (let i = 0; i < frames / 2; i += 1) {
      const start = performance.now();
      press(list, "ArrowDown");
      await Promise.resolve();
      times.push((await drawn()) - start);
    }
    return [{ what: "opening the next note, key to frame", times }];
  }

  async function search(words) {
    const field = byId("document-filter");
    const count = byId("list-count");
    let took = 0;
    const times = await framesWhile(async () => {
      for (let end = 1; end <= words.length; end += 1) {
        field.value = words.slice(0, end);
        field.dispatchEvent(new Event("input"));
        await new Promise((resolve) => setTimeout(resolve, 80));
      }
      const start = performance.now();
      do await frame(); while (/searched/.test(count.textContent) || performance.now() - start < 100);
      took = performance.now() - start;
    });
    byId("filter-clear").click();
    await drawn();
    await drawn();
    return [{ what: `searching “${words}”, a frame`, times }, { what: `searching “${words}”, until all is found`, times: [took] }];
  }

  async function openLong() {
    const list = byId("document-list");
    list.focus();
    press(list, "End");
    while (byId("document-title").textContent !== "long") await drawn();
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }

  async function scrollText({ frames }) {
    await openLong();
    return [{ what: "scrolling the long text, a frame", times: await scroll(byId("text-scroll"), frames) }];
  }

  // From the note before it to the long one and back again.
  async function enterLong({ opens }) {
    await openLong();
    const list = byId("document-list");
    const times = [];
    for (let i = 0; i < opens; i += 1) {
      press(list, "ArrowUp");
      await drawn();
      await drawn();
      const start = performance.now();
      press(list, "ArrowDown");
      times.push((await drawn()) - start);
      await drawn();
    }
    return [{ what: "opening the long note, key to frame", times }];
  }

  // One label's key on one token after another, in the long note or in a short one.
  async function markText(long, { marks }) {
    if (long) await openLong();
    else {
      press(byId("document-list"), "Home");
      await drawn();
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    const text = byId("document-text");
    text.focus();
    const times = [];
    for (let i = 0; i < marks; i += 1) {
      for (let step = 0; step < 3; step += 1) {
        press(text, "Escape");
        press(text, "ArrowRight");
        await drawn();
      }
      const start = performance.now();
      press(text, "1");
      times.push((await drawn()) - start);
      await drawn();
    }
    return [{ what: `marking a span in ${long ? "the long note" : "a short note"}, key to frame`, times }];
  }

  async function undoAll({ marks }) {
    const times = [];
    for (let i = 0; i < marks; i += 1) {
      const start = performance.now();
      byId("undo-button").click();
      times.push((await drawn()) - start);
    }
    return [{ what: "undo, click to frame", times }];
  }

  return { scrollList, walkList, search, enterLong, scrollText, markText, undoAll };
})();
