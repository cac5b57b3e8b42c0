// What went wrong, and what can be done about it; why a device computes.

export const FAILURES = /** @type {const} */ ({
  "failure.page-hint": {
    en: "Nothing stored is lost. Reload the page; if it happens again, report this text.",
    de: "Nichts Gespeichertes ist verloren. Laden Sie die Seite neu; wenn es wieder geschieht, melden Sie diesen Text.",
  },
  "failure.policy": {
    en: "The page’s own security policy stopped {what} ({directive}).",
    de: "Die Sicherheitsregeln dieser Seite haben {what} verhindert ({directive}).",
  },
  "failure.something": { en: "something", de: "etwas" },

  "reason.cpu-chosen": { en: "You chose the CPU.", de: "Sie haben die CPU gewählt." },
  "reason.gpu-chosen": { en: "You chose WebGPU.", de: "Sie haben WebGPU gewählt." },
  "reason.gpu-passed": { en: "It is there and passed the self-check.", de: "Sie ist da und hat den Selbsttest bestanden." },
  "reason.gpu-failed": { en: "WebGPU ({adapter}) could not be used: {detail}", de: "WebGPU ({adapter}) ließ sich nicht verwenden: {detail}" },
  "reason.gpu-slower": {
    en: "A training step takes {webgpu} ms with WebGPU ({adapter}) and {cpu} ms on the CPU.",
    de: "Ein Trainingsschritt dauert mit WebGPU ({adapter}) {webgpu} ms und auf der CPU {cpu} ms.",
  },
  "reason.gpu-software": {
    en: "The browser offers only a software GPU ({adapter}); the CPU is faster.",
    de: "Der Browser bietet nur eine Software-GPU ({adapter}) an; die CPU ist schneller.",
  },
  "reason.gpu-prepared": {
    en: "WebGPU ({adapter}) is being prepared; until then the CPU computes.",
    de: "WebGPU ({adapter}) wird vorbereitet; bis dahin rechnet die CPU.",
  },
  "reason.gpu-late": {
    en: "The browser did not say in time whether it has a GPU.",
    de: "Der Browser hat nicht rechtzeitig gesagt, ob er eine GPU hat.",
  },
  "reason.gpu-not-built": {
    en: "The part of this page that computes with WebGPU is not built yet. Load the page again later.",
    de: "Der Teil dieser Seite, der mit WebGPU rechnet, ist noch nicht erstellt. Laden Sie die Seite später noch einmal.",
  },
  "reason.no-webgpu": { en: "This browser has no WebGPU.", de: "Dieser Browser hat kein WebGPU." },
  "reason.no-gpu": { en: "The browser has WebGPU but no GPU to offer.", de: "Der Browser hat WebGPU, bietet aber keine GPU an." },

  "engine.restarted": { en: "The training engine was restarted.", de: "Der Rechenkern wurde neu gestartet." },
  "engine.not-running": { en: "The training engine is not running.", de: "Der Rechenkern läuft nicht." },
  "engine.restart-hint": { en: "Restart the engine.", de: "Starten Sie den Rechenkern neu." },
  "engine.not-started": { en: "The training engine did not start.", de: "Der Rechenkern ist nicht gestartet." },
  "engine.stray": {
    en: "A message from the training engine could not be read.",
    de: "Eine Nachricht des Rechenkerns ließ sich nicht lesen.",
  },
  "engine.not-loaded": {
    en: "The training engine’s files could not be loaded.",
    de: "Die Dateien des Rechenkerns konnten nicht geladen werden.",
  },
  "engine.reload-hint": {
    en: "Restart the engine. If it happens again, reload the page.",
    de: "Starten Sie den Rechenkern neu. Wenn es wieder geschieht, laden Sie die Seite neu.",
  },
  "engine.report-hint": {
    en: "Restart the engine. If it happens again, report this text.",
    de: "Starten Sie den Rechenkern neu. Wenn es wieder geschieht, melden Sie diesen Text.",
  },
  "engine.crashed": {
    en: "The training engine has stopped because of a fault: {detail}.",
    de: "Der Rechenkern wurde wegen eines Fehlers beendet: {detail}.",
  },
  "engine.crashed-hint": {
    en: "Your notes and the last checkpoint are kept. Restart the engine to go on from the last checkpoint.",
    de: "Ihre Dokumente und der letzte Modellstand sind erhalten. Starten Sie den Rechenkern neu, um vom letzten Modellstand weiterzumachen.",
  },
});
