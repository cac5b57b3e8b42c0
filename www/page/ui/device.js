// Which device trains, why, and whether it computes correctly.

import { text } from "../language/language.js";
import { part, setText, showSaid, whenChanged } from "./dom.js";

/**
 * @param {HTMLElement} root
 * @param {Page.Context} context
 */
export function mountDevice(root, { store, bus }) {
  const select = part(root, "device-select", HTMLSelectElement);
  const check = part(root, "self-check-button", HTMLButtonElement);
  const name = part(root, "device-name");
  const reason = part(root, "device-reason");
  const result = part(root, "self-check");

  select.addEventListener("change", () => {
    bus.emit("set-device", /** @type {Fedner.DeviceChoice} */ (select.value));
  });
  check.addEventListener("click", () => bus.emit("self-check", null));

  store.draw(
    whenChanged(
      (state) => [state.settings.device, state.device, state.checking, state.engine === "up", state.run.kind, state.writable],
      (_, choice, device, checking, ready, kind, writable) => {
        select.value = choice;
        select.disabled = !writable || kind !== "idle";
        check.disabled = !ready || checking || kind !== "idle";
        setText(check, text(checking ? "device.checking" : device?.self_check ? "device.check-again" : "device.check"));
        setText(name, device ? deviceName(device) : "–");
        showSaid(reason, device?.reason ?? "");
        setText(result, checking ? text("device.comparing") : checkText(device?.self_check ?? null));
        result.className = `small ${checkTone(device?.self_check ?? null)}`;
      },
    ),
  );
}

/** @param {Page.Device} device */
function deviceName(device) {
  const kind = device.kind === "webgpu" ? "WebGPU" : "CPU";
  const name = `${kind}: ${device.name}`;
  return device.software ? text("device.software", { device: name }) : name;
}

/** @param {Fedner.SelfCheck | null} check */
function checkTone(check) {
  if (!check) return "muted";
  return check.agrees ? "good" : "bad";
}

/** @param {Fedner.SelfCheck | null} check */
function checkText(check) {
  if (!check) return "";
  const worst = check.differences.reduce((most, d) => Math.max(most, d.scale > 0 ? d.largest / d.scale : d.largest), 0);
  return text(check.agrees ? "device.passed" : "device.failed", { largest: worst.toExponential(1), allowed: check.tolerance.toExponential(1) });
}
