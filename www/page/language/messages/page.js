// The page around its views: header, status line, the first steps, an invitation, errors.

export const PAGE = /** @type {const} */ ({
  "page.description": {
    en: "Train an entity model on clinical notes together with other hospitals. The notes stay on your device.",
    de: "Trainieren Sie gemeinsam mit anderen Kliniken ein Modell, das in klinischen Dokumenten findet, was Sie markieren. Die Dokumente bleiben auf Ihrem Gerät.",
  },
  "page.skip": { en: "Skip to the content", de: "Zum Inhalt springen" },
  "page.parts": { en: "Parts of this page", de: "Bereiche dieser Seite" },
  "page.language": { en: "Language", de: "Sprache" },
  "page.new-version": { en: "A new version of this page is here.", de: "Eine neue Version dieser Seite ist da." },
  "page.load-version": { en: "Load it now", de: "Jetzt laden" },
  "page.footer": {
    en: "FedNER is open source (MIT or Apache-2.0). This page loads nothing from other origins and sets no cookies.",
    de: "FedNER ist quelloffen (MIT oder Apache-2.0). Diese Seite lädt nichts von anderen Servern und setzt keine Cookies.",
  },

  "view.notes": { en: "Notes", de: "Dokumente" },
  "view.compare": { en: "Compare", de: "Vergleich" },
  "view.training": { en: "Training", de: "Training" },
  "view.model": { en: "The model", de: "Modell" },
  "view.left": { en: "What left this device", de: "Gesendete Daten" },

  "start.title": {
    en: "Mark what matters in your notes. A model learns it, here and together with other hospitals.",
    de: "Markieren Sie, was in Ihren Dokumenten wichtig ist. Ein Modell lernt es, hier und gemeinsam mit anderen Kliniken.",
  },
  "start.example": {
    en: "Pat. reports <1/> since starting <2/> last week.",
    de: "Pat. berichtet über <1/> seit Beginn von <2/> letzte Woche.",
  },
  "start.example-symptom": { en: "nausea<1/>", de: "Übelkeit<1/>" },
  "start.example-symptom-label": { en: "Symptom", de: "Symptom" },
  "start.example-drug": { en: "metformin<1/>", de: "Metformin<1/>" },
  "start.example-drug-label": { en: "Drug", de: "Arzneimittel" },
  "start.pledge": {
    en: "<1>Your notes stay on this device.</1> Choosing a file here uploads nothing.",
    de: "<1>Ihre Dokumente bleiben auf diesem Gerät.</1> Wenn Sie hier eine Datei wählen, wird nichts hochgeladen.",
  },
  "start.add": { en: "Add notes", de: "Dokumente hinzufügen" },
  "start.add-how": {
    en: "Files, a folder or pasted text, or try it with sample notes.",
    de: "Dateien, ein Ordner oder eingefügter Text; oder probieren Sie es mit Beispielen.",
  },
  "start.mark": { en: "Mark", de: "Markieren" },
  "start.mark-how": {
    en: "Drag over words and name what they are: a drug, a symptom, whatever you look for.",
    de: "Ziehen Sie über Wörter und benennen Sie, was sie sind: ein Arzneimittel, ein Symptom, was immer Sie suchen.",
  },
  "start.train": { en: "Train here", de: "Hier trainieren" },
  "start.train-how": { en: "The model learns in this tab, on this device.", de: "Das Modell lernt in diesem Tab, auf diesem Gerät." },
  "start.join": { en: "Join a federation", de: "Einem Verbund beitreten" },
  "start.join-how": {
    en: "Sites learn together. Only numbers of the model’s shared part are exchanged, and every request is listed.",
    de: "Standorte lernen gemeinsam. Nur Zahlen des gemeinsamen Moduls werden ausgetauscht, und jede Anfrage wird aufgeführt.",
  },

  "invited.accept": { en: "Accept the invitation", de: "Einladung annehmen" },
  "invited.decline": { en: "Not now", de: "Nicht jetzt" },
  "invited.title": { en: "You are invited to “{federation}”", de: "Sie sind zum Verbund „{federation}“ eingeladen" },
  "invited.text": {
    en: "Whoever runs {host} invites “{name}” to take part in this federation. The link works once, in one browser, until {until}.",
    de: "Der Betreiber von {host} lädt „{name}“ ein, an diesem Verbund teilzunehmen. Der Link gilt einmal, in einem Browser, bis {until}.",
  },
  "invited.joined": { en: "This workspace takes part in “{federation}”", de: "Dieser Arbeitsbereich nimmt an „{federation}“ teil" },
  "invited.joined-text": {
    en: "You have accepted the invitation. Add notes and mark them; then start with “Join the federation” under Training.",
    de: "Sie haben die Einladung angenommen. Fügen Sie Dokumente hinzu und markieren Sie darin; beginnen Sie dann unter „Training“ mit „Dem Verbund beitreten“.",
  },

  "unfinished.label": { en: "Training that was cut off", de: "Abgebrochenes Training" },
  "unfinished.text": { en: "Training was cut off in pass {epoch} of {epochs}.", de: "Das Training brach in Durchgang {epoch} von {epochs} ab." },
  "unfinished.stored": { en: "It can go on from its last checkpoint.", de: "Es kann vom letzten gespeicherten Stand weitergehen." },
  "unfinished.lost": {
    en: "Nothing of it was stored yet, so it would begin again.",
    de: "Davon war noch nichts gespeichert, es würde also neu beginnen.",
  },
  "unfinished.go-on": { en: "Go on with {count:# pass|# passes}", de: "Mit {count:# Durchgang|# Durchgängen} weitermachen" },
  "unfinished.again": { en: "Begin again", de: "Neu beginnen" },

  "remedy.restart-engine": { en: "Restart the engine from the last checkpoint", de: "Rechenkern vom letzten Stand neu starten" },
  "remedy.download-checkpoint": { en: "Download the checkpoint", de: "Modellstand herunterladen" },
  "remedy.store-again": { en: "Try to store again", de: "Noch einmal speichern" },
  "remedy.join-anew": { en: "Join anew", de: "Neu beitreten" },
  "remedy.go-on": { en: "Go on with the federation", de: "Im Verbund weitermachen" },
  "remedy.reload": { en: "Work here now", de: "Jetzt hier arbeiten" },
  "remedy.use-cpu": { en: "Go on with the processor (CPU)", de: "Mit dem Prozessor (CPU) weitermachen" },
  "message.dismiss": { en: "Dismiss", de: "Ausblenden" },

  "title.training": { en: "pass {epoch}, ", de: "Durchgang {epoch}, " },
  "title.participating": { en: "round {round}, ", de: "Runde {round}, " },
});
