// The workspace as a whole: opening another one, its name, its backup, erasing it, and whether it is stored.

export const WORKSPACE = /** @type {const} */ ({
  "workspace.word": { en: "Workspace", de: "Arbeitsbereich" },
  "workspace.about": {
    en: "A workspace has its own notes, model and place in a federation. Each tab can have another one open.",
    de: "Ein Arbeitsbereich hat eigene Dokumente, ein eigenes Modell und einen eigenen Platz in einem Verbund. Jeder Tab kann einen anderen öffnen.",
  },
  "workspace.new": { en: "New workspace", de: "Neuer Arbeitsbereich" },
  "workspace.open": { en: "Open", de: "Öffnen" },
  "workspace.manage": { en: "Back up, rename, erase …", de: "Sichern, umbenennen, löschen …" },
  "workspace.this": { en: "This workspace", de: "Dieser Arbeitsbereich" },
  "workspace.bad-name": {
    en: "Use letters, digits, spaces, dots and dashes; start with a letter or digit.",
    de: "Erlaubt sind Buchstaben, Ziffern, Leerzeichen, Punkte und Striche; am Anfang steht ein Buchstabe oder eine Ziffer.",
  },
  "workspace.taken": { en: "There is a workspace of this name already.", de: "Einen Arbeitsbereich mit diesem Namen gibt es schon." },
  "workspace.persist": { en: "Ask the browser to keep it", de: "Dauerhaft speichern lassen" },
  "workspace.name": { en: "Name", de: "Name" },
  "workspace.rename": { en: "Rename", de: "Umbenennen" },
  "workspace.close": { en: "Close", de: "Schließen" },
  "workspace.in-use": {
    en: "Not while the workspace is in use: stop training or close the other tab first.",
    de: "Nicht, solange der Arbeitsbereich benutzt wird: Beenden Sie erst das Training oder schließen Sie den anderen Tab.",
  },

  "backup.title": { en: "Back up", de: "Sichern" },
  "backup.about": {
    en: "One encrypted file with the notes, marks, comments, labels, models, history, requests and the place in a federation. It opens on another computer, too. Without the passphrase nobody can read it.",
    de: "Eine verschlüsselte Datei mit Dokumenten, Markierungen, Kommentaren, Labels, Modellen, Verlauf, Anfragen und dem Platz in einem Verbund. Sie lässt sich auch auf einem anderen Computer öffnen. Ohne die Passphrase kann sie niemand lesen.",
  },
  "backup.passphrase": { en: "Passphrase of the backup", de: "Passphrase der Sicherung" },
  "backup.passphrase-hint": { en: "Passphrase, at least 10 characters", de: "Passphrase, mindestens 10 Zeichen" },
  "backup.download": { en: "Download a backup", de: "Sicherung herunterladen" },
  "backup.writing": { en: "Writing the backup …", de: "Die Sicherung wird geschrieben …" },
  "backup.saved": {
    en: "The backup is saved by your browser. Keep its passphrase apart from it.",
    de: "Ihr Browser speichert die Sicherung. Bewahren Sie die Passphrase getrennt davon auf.",
  },
  "backup.wrong-passphrase": { en: "This is not the passphrase of this backup.", de: "Das ist nicht die Passphrase dieser Sicherung." },
  "backup.wrong-passphrase-hint": {
    en: "Try again. Without the passphrase nobody can read it.",
    de: "Versuchen Sie es noch einmal. Ohne die Passphrase kann sie niemand lesen.",
  },
  "backup.no-backup": { en: "This file is not a backup of a workspace.", de: "Diese Datei ist keine Sicherung eines Arbeitsbereichs." },
  "backup.no-backup-hint": {
    en: "Choose a file that this page has made, with the ending .fedner-backup.",
    de: "Wählen Sie eine Datei, die diese Seite erstellt hat, mit der Endung .fedner-backup.",
  },
  "backup.damaged": {
    en: "This backup is damaged: its content is not what was written.",
    de: "Diese Sicherung ist beschädigt: Ihr Inhalt ist nicht der, der geschrieben wurde.",
  },
  "backup.damaged-hint": { en: "Choose another copy of the file.", de: "Wählen Sie eine andere Kopie der Datei." },
  "backup.too-large-hint": { en: "This page makes none that are so large.", de: "So große Sicherungen erstellt diese Seite nicht." },

  "restore.title": { en: "Restore", de: "Wiederherstellen" },
  "restore.about": {
    en: "Makes another workspace from a backup. This one stays as it is.",
    de: "Erstellt aus einer Sicherung einen weiteren Arbeitsbereich. Dieser bleibt, wie er ist.",
  },
  "restore.choose": { en: "Choose a backup", de: "Sicherung wählen" },
  "restore.passphrase": { en: "Passphrase of the file", de: "Passphrase der Datei" },
  "restore.passphrase-hint": { en: "Its passphrase", de: "Ihre Passphrase" },
  "restore.restore": { en: "Restore", de: "Wiederherstellen" },
  "restore.reading": { en: "Reading the backup …", de: "Die Sicherung wird gelesen …" },
  "restore.too-many": { en: "There are too many workspaces called “{name}”.", de: "Es gibt zu viele Arbeitsbereiche mit dem Namen „{name}“." },
  "restore.too-many-hint": { en: "Delete some of them.", de: "Löschen Sie einige davon." },

  "erase.title": { en: "Erase", de: "Löschen" },
  "erase.about": {
    en: "What is erased here is gone from this browser, without undo. What was sent to a federation’s server stays there.",
    de: "Was hier gelöscht wird, ist aus diesem Browser verschwunden und lässt sich nicht zurückholen. Was an den Server eines Verbunds gesendet wurde, bleibt dort.",
  },
  "erase.removed": { en: "Forget removed notes", de: "Entfernte Dokumente vergessen" },
  "erase.removed-question": { en: "Forget removed notes?", de: "Entfernte Dokumente vergessen?" },
  "erase.removed-text": {
    en: "The notes that were removed are erased with all steps that could be undone, and a comparison is ended. The notes that are here stay.",
    de: "Die entfernten Dokumente werden mit allen Schritten gelöscht, die sich rückgängig machen ließen, und ein Vergleich wird beendet. Die vorhandenen Dokumente bleiben.",
  },
  "erase.removed-yes": { en: "Forget them", de: "Vergessen" },
  "erase.workspace": { en: "Delete this workspace", de: "Diesen Arbeitsbereich löschen" },
  "erase.workspace-question": { en: "Delete “{workspace}”?", de: "„{workspace}“ löschen?" },
  "erase.workspace-text": {
    en: "Its {count:# note|# notes}, history, models, requests, key are erased from this browser. There is no undo.",
    de: "{count:# Dokument|# Dokumente}, Verlauf, Modelle, Anfragen und Schlüssel werden aus diesem Browser gelöscht. Das lässt sich nicht rückgängig machen.",
  },
  "erase.workspace-text-enrolled": {
    en: "Its {count:# note|# notes}, history, models, requests, key and its place in a federation are erased from this browser. There is no undo.",
    de: "{count:# Dokument|# Dokumente}, Verlauf, Modelle, Anfragen, Schlüssel und der Platz in einem Verbund werden aus diesem Browser gelöscht. Das lässt sich nicht rückgängig machen.",
  },
  "erase.workspace-yes": { en: "Delete the workspace", de: "Arbeitsbereich löschen" },
  "erase.all": { en: "Erase everything", de: "Alles löschen" },
  "erase.all-question": { en: "Erase everything?", de: "Alles löschen?" },
  "erase.all-text": {
    en: "{count:# workspace|# workspaces} with all notes, models and settings, and the page’s own stored files, are erased from this browser. There is no undo.",
    de: "{count:# Arbeitsbereich|# Arbeitsbereiche} mit allen Dokumenten, Modellen und Einstellungen sowie die gespeicherten Dateien der Seite selbst werden aus diesem Browser gelöscht. Das lässt sich nicht rückgängig machen.",
  },
  "confirm.cancel": { en: "Cancel", de: "Abbrechen" },

  "storage.used": { en: "{used} of at most {quota} are used.", de: "{used} von höchstens {quota} sind belegt." },
  "storage.kept": {
    en: "The browser keeps the workspaces until you erase them.",
    de: "Der Browser behält die Arbeitsbereiche, bis Sie sie löschen.",
  },
  "storage.unknown": {
    en: "This browser does not say whether it keeps the workspaces: make backups.",
    de: "Dieser Browser sagt nicht, ob er die Arbeitsbereiche behält: Erstellen Sie Sicherungen.",
  },
  "storage.not-promised": {
    en: "The browser has not promised to keep the workspaces: it may delete them when the disk is nearly full.",
    de: "Der Browser hat nicht zugesagt, die Arbeitsbereiche zu behalten: Er kann sie löschen, wenn der Speicher knapp wird.",
  },
  "storage.full": {
    en: "There is no room left to store this workspace. Work goes on in memory.",
    de: "Es ist kein Platz mehr, um diesen Arbeitsbereich zu speichern. Er bleibt vorerst nur im Arbeitsspeicher.",
  },
  "storage.full-hint": {
    en: "Download the model now. Then free some disk space, or remove notes or another site’s data, and store again.",
    de: "Laden Sie das Modell jetzt herunter. Schaffen Sie dann Speicherplatz, oder entfernen Sie Dokumente oder die Daten anderer Webseiten, und speichern Sie noch einmal.",
  },
  "storage.failed": {
    en: "This workspace could not be stored: {detail}. Work goes on in memory.",
    de: "Dieser Arbeitsbereich konnte nicht gespeichert werden: {detail}. Er bleibt vorerst nur im Arbeitsspeicher.",
  },
  "storage.failed-unknown": { en: "unknown error", de: "unbekannter Fehler" },
  "storage.failed-hint": {
    en: "Download the model before you close this tab, then try to store again. Private windows often can’t store.",
    de: "Laden Sie das Modell herunter, bevor Sie diesen Tab schließen, und speichern Sie dann noch einmal. Private Fenster können oft nichts speichern.",
  },
  "storage.works-again": {
    en: "The notes, settings and requests are stored again.",
    de: "Dokumente, Einstellungen und Anfragen werden wieder gespeichert.",
  },

  "workspace.exists": { en: "There is a workspace “{name}” already.", de: "Einen Arbeitsbereich „{name}“ gibt es schon." },
  "workspace.exists-hint": { en: "Choose another name.", de: "Wählen Sie einen anderen Namen." },
  "workspace.open-elsewhere": {
    en: "The workspace “{workspace}” is open in another tab.",
    de: "Der Arbeitsbereich „{workspace}“ ist in einem anderen Tab geöffnet.",
  },
  "workspace.open-elsewhere-hint": {
    en: "This tab only shows it as it was when opened. Work in the other tab, or open another workspace from the menu above.",
    de: "Dieser Tab zeigt nur, wie er beim Öffnen war. Arbeiten Sie im anderen Tab, oder öffnen Sie oben im Menü einen anderen Arbeitsbereich.",
  },
  "workspace.free-again": { en: "The other tab was closed.", de: "Der andere Tab wurde geschlossen." },
  "workspace.free-again-hint": { en: "You can work in this tab now.", de: "Sie können jetzt in diesem Tab arbeiten." },
  "workspace.still-open": {
    en: "“{name}” is still open in another tab. Close the other tabs of this page and try again.",
    de: "„{name}“ ist noch in einem anderen Tab geöffnet. Schließen Sie die anderen Tabs dieser Seite und versuchen Sie es noch einmal.",
  },
});
