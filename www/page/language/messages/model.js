// The view of the model: trying it, keeping it, which of two is in use; and what left this device.

export const MODEL = /** @type {const} */ ({
  "model.title": { en: "The model", de: "Modell" },
  "model.no-device": {
    en: "Not a medical device: what the model finds must be checked by a person.",
    de: "Kein Medizinprodukt: Was das Modell findet, muss ein Mensch prüfen.",
  },
  "model.none": {
    en: "None yet. Train here, join a federation, or load a checkpoint.",
    de: "Noch keines. Trainieren Sie hier, treten Sie einem Verbund bei, oder laden Sie einen Modellstand.",
  },
  "model.in-use": { en: "In use: {origin}.", de: "In Verwendung: {origin}." },
  "model.f1": { en: "F1 on the held-out notes: {f1}.", de: "F1 auf den Testdokumenten: {f1}." },
  "model.try": { en: "Try it on any text", de: "An einem beliebigen Text ausprobieren" },
  "model.try-hint": { en: "Type or paste a sentence. It is not stored.", de: "Geben Sie einen Satz ein, oder fügen Sie einen ein. Er wird nicht gespeichert." },
  "model.find": { en: "Find entities", de: "Text auswerten" },
  "model.looking": { en: "Looking …", de: "Wertet aus …" },
  "model.found": { en: "Entities found", de: "Gefundene Markierungen" },
  "model.found-none": { en: "No entities found in {count:# word|# words}.", de: "In {count:# Wort|# Wörtern} nichts gefunden." },
  "model.sure": { en: " {sure} sure", de: " {sure} sicher" },
  "model.keep": { en: "Keep it", de: "Aufbewahren" },
  "model.keep-about": {
    en: "A checkpoint holds the whole model: its shared part and the private part that never leaves this device by itself. It holds no notes and no access to a federation. Treat it like the notes it has learnt from. With its card it is a .zip that says what it was trained on and how to use it outside this page; both kinds can be loaded again. The .zip also has the shared module alone, without labels and without the private part: loaded here, or one that a federation’s operator gave you, it is a model to start from.",
    de: "Ein Modellstand enthält das ganze Modell: das gemeinsame Modul und das private Modul, das dieses Gerät nie von selbst verlässt. Er enthält keine Dokumente und keinen Zugang zu einem Verbund. Behandeln Sie ihn wie die Dokumente, aus denen er gelernt hat. Mit Modellkarte ist er eine .zip-Datei, die sagt, womit er trainiert wurde und wie er sich außerhalb dieser Seite verwenden lässt; beide Arten lassen sich wieder laden. Die .zip-Datei enthält auch das gemeinsame Modul allein, ohne Labels und ohne das private Modul: Hier geladen, oder vom Betreiber eines Verbunds erhalten, ist es ein Modell, mit dem Sie beginnen können.",
  },
  "model.download-card": { en: "Download with its card", de: "Mit Modellkarte herunterladen" },
  "model.download": { en: "Download the checkpoint", de: "Modellstand herunterladen" },
  "model.download-previous": { en: "Download the previous model", de: "Voriges Modell herunterladen" },
  "model.load": { en: "Load a model", de: "Modell laden" },
  "model.stored": { en: "Last stored in this browser on {when}.", de: "Zuletzt in diesem Browser gespeichert am {when}." },
  "model.loaded": { en: "Loaded the checkpoint {file}.", de: "Modellstand {file} geladen." },
  "model.no-checkpoint": { en: "There is no checkpoint to download yet.", de: "Es gibt noch keinen Modellstand zum Herunterladen." },
  "model.no-checkpoint-hint": { en: "Train at least one epoch first.", de: "Trainieren Sie zuerst mindestens einen Durchgang." },
  "model.no-previous": { en: "There is no previous model.", de: "Es gibt kein voriges Modell." },
  "model.file-hint": {
    en: "Choose a checkpoint that was downloaded from this page.",
    de: "Wählen Sie einen Modellstand, der von dieser Seite heruntergeladen wurde.",
  },

  "origin.alone": { en: "your own model, trained here", de: "Ihr eigenes, hier trainiertes Modell" },
  "origin.baseline": {
    en: "a model trained here on your notes alone, to compare",
    de: "ein Modell, hier zum Vergleich nur auf Ihren Dokumenten trainiert",
  },
  "origin.interpolated": {
    en: "the mean of the finished model of “{federation}” and of your own",
    de: "das Mittel aus dem fertigen Modell von „{federation}“ und Ihrem eigenen",
  },
  "origin.loaded": { en: "your own model, loaded from a file", de: "Ihr eigenes Modell, aus einer Datei geladen" },
  "origin.round": { en: "the model from round {round} of “{federation}”", de: "das Modell aus Runde {round} von „{federation}“" },
  "origin.begin": { en: "the model that “{federation}” began with", de: "das Modell, mit dem „{federation}“ begann" },
  "origin.finish": {
    en: "the finished model of “{federation}”, fitted to your notes",
    de: "das fertige Modell von „{federation}“, an Ihre Dokumente angepasst",
  },

  "models.federation-only": { en: "The federation’s best model so far: F1 {f1}.", de: "Das bisher beste Modell des Verbunds: F1 {f1}." },
  "models.unscored-own": {
    en: "No note is held out, so nobody can say which model is better. Your own stays in use until the federation is finished.",
    de: "Kein Dokument dient zum Testen, daher lässt sich nicht sagen, welches Modell besser ist. Ihr eigenes bleibt in Verwendung, bis der Verbund fertig ist.",
  },
  "models.unscored-federation": {
    en: "The federation is finished. No note is held out, so nobody can say which model is better.",
    de: "Der Verbund ist fertig. Kein Dokument dient zum Testen, daher lässt sich nicht sagen, welches Modell besser ist.",
  },
  "models.own-chosen": {
    en: "Your own model is in use because you chose it.",
    de: "Ihr eigenes Modell ist in Verwendung, weil Sie es gewählt haben.",
  },
  "models.together": {
    en: "F1 on your held-out notes: alone {own} → together {together}.",
    de: "F1 auf Ihren Testdokumenten: allein {own} → gemeinsam {together}.",
  },
  "models.own-better": {
    en: "The federation’s best model so far has F1 {together} on your held-out notes. Your own model is still better ({own}) and stays in use.",
    de: "Das bisher beste Modell des Verbunds hat F1 {together} auf Ihren Testdokumenten. Ihr eigenes Modell ist noch besser ({own}) und bleibt in Verwendung.",
  },
  "models.own-as-good": {
    en: "The federation’s best model so far has F1 {together} on your held-out notes. Your own model is as good ({own}) and stays in use.",
    de: "Das bisher beste Modell des Verbunds hat F1 {together} auf Ihren Testdokumenten. Ihr eigenes Modell ist ebenso gut ({own}) und bleibt in Verwendung.",
  },
  "models.helped": { en: "Joining has helped ({low} to {high} points).", de: "Der Beitritt hat geholfen ({low} bis {high} Punkte)." },
  "models.own-beyond-chance": {
    en: "Your own model is better beyond chance ({low} to {high} points).",
    de: "Ihr eigenes Modell ist mehr als zufällig besser ({low} bis {high} Punkte).",
  },
  "models.too-few": {
    en: "The held-out notes are too few to say that one is better ({low} to {high} points).",
    de: "Es sind zu wenige Testdokumente, um zu sagen, dass eines besser ist ({low} bis {high} Punkte).",
  },
  "models.newest-merged": {
    en: "Round {round}: F1 {before} before the merge, {after} after it.",
    de: "Runde {round}: F1 {before} vor dem Zusammenführen, {after} danach.",
  },
  "models.newest": { en: "Its newest model: F1 {f1}.", de: "Sein neuestes Modell: F1 {f1}." },

  "ledger.title": { en: "What left this device", de: "Gesendete Daten" },
  "ledger.about": {
    en: "Every request of the training engine, as it was sent. Loading this page and the sample notes is not listed.",
    de: "Jede Anfrage des Rechenkerns, wie sie dieses Gerät verlassen hat. Das Laden dieser Seite und der Beispiele ist nicht aufgeführt.",
  },
  "ledger.export": { en: "Export as JSON", de: "Als JSON exportieren" },
  "ledger.all": { en: "Show all requests", de: "Alle Anfragen zeigen" },
  "ledger.requests": { en: "Requests", de: "Anfragen" },
  "ledger.time": { en: "Time", de: "Zeit" },
  "ledger.what": { en: "What", de: "Was" },
  "ledger.request": { en: "Request", de: "Anfrage" },
  "ledger.sent": { en: "Sent", de: "Gesendet" },
  "ledger.received": { en: "Received", de: "Empfangen" },
  "ledger.answer": { en: "Answer", de: "Antwort" },
  "ledger.no-answer": { en: "none (yet)", de: "(noch) keine" },
  "ledger.nothing": {
    en: "Nothing. No request has been made from this workspace.",
    de: "Nichts. Aus diesem Arbeitsbereich wurde keine Anfrage gesendet.",
  },
  "ledger.totals": {
    en: "{count:# request|# requests}: {sent} sent, {received} received.",
    de: "{count:# Anfrage|# Anfragen}: {sent} gesendet, {received} empfangen.",
  },
  "ledger.from-model": {
    en: "Sent from the model: {count:# tensor|# tensors} of its shared part.",
    de: "Aus dem Modell gesendet: {count:# Tensor|# Tensoren} des gemeinsamen Moduls.",
  },
  "ledger.lost": { en: "{count:# request|# requests} without an answer (yet).", de: "{count:# Anfrage|# Anfragen} (noch) ohne Antwort." },
  "ledger.outside": { en: "Enrolling, listening, leaving", de: "Anmelden, Zuhören, Verlassen" },
  "ledger.before": { en: "Before the first round", de: "Vor der ersten Runde" },
  "ledger.group": { en: "{what}: {sent} sent, {received} received", de: "{what}: {sent} gesendet, {received} empfangen" },
  "ledger.what.join": { en: "join the federation", de: "dem Verbund beitreten" },
  "ledger.what.rules": { en: "read the federation’s rules", de: "Regeln des Verbunds lesen" },
  "ledger.what.listen": { en: "listen for rounds", de: "auf Runden warten" },
  "ledger.what.fetch": { en: "fetch the global shared module", de: "gemeinsames Modul holen" },
  "ledger.what.send": { en: "send the shared module’s update", de: "Aktualisierung des gemeinsamen Moduls senden" },
  "ledger.what.exchange": { en: "ask where secure aggregation stands", de: "Stand der sicheren Aggregation abfragen" },
  "ledger.what.masks": { en: "keys and shares of the masks", de: "Schlüssel und Anteile der Masken" },
  "ledger.what.leave": { en: "leave for now", de: "vorerst verlassen" },
  "ledger.what.invitation": { en: "look at the invitation", de: "Einladung ansehen" },
  "ledger.tensors": { en: "{count:# tensor|# tensors}", de: "{count:# Tensor|# Tensoren}" },
});
