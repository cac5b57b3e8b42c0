// How fast this browser's devices were when they were timed. It holds for the browser, not for a workspace.

const KEY = "fedner-device-times";

/** @returns {Page.DeviceTimes | null} */
export function rememberedTimes() {
  try {
    const times = JSON.parse(localStorage.getItem(KEY) ?? "null");
    const whole = [times?.of, times?.adapter].every((text) => typeof text === "string");
    return whole && times.cpu_ms > 0 && times.webgpu_ms > 0 ? times : null;
  } catch {
    // Storage not allowed or the value unreadable: it is measured again.
    return null;
  }
}

/** @param {Page.DeviceTimes} times */
export function rememberTimes(times) {
  try {
    localStorage.setItem(KEY, JSON.stringify(times));
  } catch {
    // Then it is measured at every start.
  }
}
