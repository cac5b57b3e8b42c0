// The status line, and the time a run still takes.

export const STATUS = /** @type {const} */ ({
  "status.elsewhere": {
    en: "Open in another tab: this one only shows the workspace.",
    de: "In einem anderen Tab geöffnet: Dieser zeigt den Arbeitsbereich nur an.",
  },
  "status.page-starts": { en: "Starting …", de: "Startet …" },
  "status.starting": { en: "Starting the training engine …", de: "Der Rechenkern startet …" },
  "status.down": { en: "The training engine has stopped.", de: "Der Rechenkern wurde beendet." },
  "status.stopping": { en: "Stopping after the step under way …", de: "Hält nach dem laufenden Schritt an …" },
  "status.leaving": { en: "Leaving after the step under way …", de: "Verlässt den Verbund nach dem laufenden Schritt …" },
  "status.stop-training": { en: "Stop training", de: "Training beenden" },
  "status.leave": { en: "Leave the federation", de: "Verbund verlassen" },
  "status.preparing": { en: "Training on this device: getting ready …", de: "Training auf diesem Gerät: wird vorbereitet …" },
  "status.pass": { en: "Training on this device: pass {epoch} of {epochs}.", de: "Training auf diesem Gerät: Durchgang {epoch} von {epochs}." },
  "status.round-of": { en: "Round {round} of {rounds}", de: "Runde {round} von {rounds}" },
  "status.round": { en: "Round {round}", de: "Runde {round}" },
  "status.joining": { en: "Joining the federation “{federation}” …", de: "Tritt dem Verbund „{federation}“ bei …" },
  "status.waiting": {
    en: "Waiting for other sites: {present} of {wanted} are here.",
    de: "Wartet auf andere Standorte: {present} von {wanted} sind da.",
  },
  "status.paused": {
    en: "The federation’s operator has paused it. Nothing is lost; it goes on by itself once it is resumed.",
    de: "Der Betreiber hat den Verbund angehalten. Nichts geht verloren; es geht von selbst weiter, sobald er ihn fortsetzt.",
  },
  "status.downloading": { en: "{round}: fetching the shared part of the model …", de: "{round}: Das gemeinsame Modul wird geholt …" },
  "status.training": { en: "{round}: training on this device.", de: "{round}: Training auf diesem Gerät." },
  "status.uploading": { en: "{round}: sending the update of the shared part …", de: "{round}: Die Aktualisierung des gemeinsamen Moduls wird gesendet …" },
  "status.waiting-for-merge": {
    en: "{round}: update sent; waiting for the other sites ({count:# update|# updates} so far).",
    de: "{round}: Aktualisierung gesendet; wartet auf die anderen Standorte (bisher {count:# Aktualisierung|# Aktualisierungen}).",
  },
  "status.merged": { en: "{round}: merged from all sites’ updates.", de: "{round}: aus den Aktualisierungen aller Standorte zusammengeführt." },
  "status.finishing": {
    en: "The rounds are done: the last passes over your notes, alone on this device.",
    de: "Die Runden sind vorbei: Die letzten Durchgänge über Ihre Dokumente laufen allein auf diesem Gerät.",
  },
  "status.comparing": {
    en: "Training a model on your notes alone, to see what the federation has brought.",
    de: "Trainiert ein Modell nur auf Ihren Dokumenten, um zu sehen, was der Verbund gebracht hat.",
  },
  "status.finished": { en: "The federation has done all its rounds.", de: "Der Verbund hat alle Runden abgeschlossen." },
  "status.participating": { en: "Taking part in the federation “{federation}”.", de: "Nimmt am Verbund „{federation}“ teil." },
  "status.ready-scored": {
    en: "Ready. The model’s F1 on the held-out notes is {f1}.",
    de: "Bereit. Das Modell erreicht auf den Testdokumenten ein F1 von {f1}.",
  },
  "status.ready-model": {
    en: "Ready. There is a model to try or to train further.",
    de: "Bereit. Ein Modell ist da, zum Ausprobieren oder Weitertrainieren.",
  },
  "status.ready-empty": { en: "Ready. Add notes to begin.", de: "Bereit. Fügen Sie zuerst Dokumente hinzu." },
  "status.ready-unmarked": { en: "Ready. Training needs notes with marks.", de: "Bereit. Zum Training werden Dokumente mit Markierungen gebraucht." },
  "status.ready-to-train": { en: "Ready to train on {count:# note|# notes}.", de: "Bereit zum Training mit {count:# Dokument|# Dokumenten}." },

  "time.seconds": { en: "a few seconds left", de: "noch wenige Sekunden" },
  "time.tens": { en: "about {count:# second|# seconds} left", de: "noch etwa {count:# Sekunde|# Sekunden}" },
  "time.minutes": { en: "about {count:a minute|# minutes} left", de: "noch etwa {count:eine Minute|# Minuten}" },
});
