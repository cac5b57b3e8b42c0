// Files in and out: the report of an import, notes that came twice, tables, and the export of notes.

export const FILES = /** @type {const} */ ({
  "import.label": { en: "Report of the import", de: "Bericht zum Import" },
  "import.stop": { en: "Stop", de: "Anhalten" },
  "import.close": { en: "Close", de: "Schließen" },
  "import.files-read": { en: "Files read", de: "Gelesene Dateien" },
  "import.file": { en: "File", de: "Datei" },
  "import.format": { en: "Format", de: "Format" },
  "import.notes": { en: "Notes", de: "Dokumente" },
  "import.marks": { en: "Marks", de: "Markierungen" },
  "import.stopping": { en: "Stopping after the files under way …", de: "Hält nach den laufenden Dateien an …" },
  "import.reading": { en: "Reading {file} …", de: "Liest {file} …" },
  "import.reading-of": {
    en: "Reading {file}: {read} of {count:# file|# files} done …",
    de: "Liest {file}: {read} von {count:# Datei|# Dateien} fertig …",
  },
  "import.removed": { en: "Removed {what}. ", de: "{what} entfernt. " },
  "import.undo": { en: "Undo", de: "Rückgängig" },
  "import.count": { en: "{count:# file|# files} read", de: "{count:# Datei|# Dateien} gelesen" },
  "import.count-first": {
    en: "{count:# file|# files} read, the first {first} of them here",
    de: "{count:# Datei|# Dateien} gelesen, die ersten {first} davon hier",
  },
  "import.problems": { en: "{count:# problem|# problems} while reading", de: "{count:# Problem|# Probleme} beim Lesen" },
  "import.rest-taken": { en: "; everything else was taken in", de: "; alles Übrige wurde übernommen" },
  "import.problems-first": { en: "; the first {count} are listed", de: "; die ersten {count} sind aufgeführt" },
  "import.line": { en: "{file}, line {line}", de: "{file}, Zeile {line}" },
  "import.this-workspace": { en: "This workspace", de: "Dieser Arbeitsbereich" },
  "import.added": {
    en: "Added {count:# note|# notes} from {files:# file|# files}.",
    de: "{count:# Dokument|# Dokumente} aus {files:# Datei|# Dateien} hinzugefügt.",
  },
  "import.added-marks": {
    en: "Added {count:# note|# notes} with {marks:# mark|# marks} from {files:# file|# files}.",
    de: "{count:# Dokument|# Dokumente} mit {marks:# Markierung|# Markierungen} aus {files:# Datei|# Dateien} hinzugefügt.",
  },
  "import.again": { en: "{count:# note|# notes} had been here already.", de: "{count:# Dokument war|# Dokumente waren} schon da." },
  "import.unmarked": {
    en: "Nothing is marked in the {count:file|files} of {count:# note|# notes}, so they count as new.",
    de: "In {count:der Datei von # Dokument ist nichts markiert, es gilt|den Dateien von # Dokumenten ist nichts markiert, sie gelten} daher als neu.",
  },
  "import.left-out": {
    en: "{count:# file|# files} of other kinds {count:was|were} left out.",
    de: "{count:# Datei anderer Art wurde|# Dateien anderer Art wurden} ausgelassen.",
  },
  "import.next": {
    en: "Next: drag over words, or walk to them with the arrow keys, and mark them with a label.",
    de: "Jetzt: Ziehen Sie über Wörter, oder gehen Sie mit den Pfeiltasten zu ihnen, und markieren Sie sie mit einem Label.",
  },
  "import.ended": {
    en: "It ended before the other {left} of {count:# file|# files}.",
    de: "Er endete vor den übrigen {left} von {count:# Datei|# Dateien}.",
  },
  "import.full": {
    en: "A workspace holds at most {notes} notes of {millions} million characters together; {left} were left out. Open another workspace for them.",
    de: "Ein Arbeitsbereich fasst höchstens {notes} Dokumente mit zusammen {millions} Millionen Zeichen; {left} wurden ausgelassen. Öffnen Sie dafür einen anderen Arbeitsbereich.",
  },
  "import.split-hint": { en: "Split it into smaller files.", de: "Teilen Sie sie in kleinere Dateien." },
  "file.too-large": {
    en: "this file is too large: {size}, at most {most} can be read.",
    de: "Diese Datei ist zu groß: {size}; höchstens {most} lassen sich lesen.",
  },

  "reader.stopped": { en: "Reading the files was stopped.", de: "Das Lesen der Dateien wurde angehalten." },
  "reader.not-loaded": { en: "The reader of files could not be loaded.", de: "Der Dateileser konnte nicht geladen werden." },
  "reader.stray": { en: "A message from the reader of files could not be read.", de: "Eine Nachricht des Dateilesers ließ sich nicht lesen." },
  "reader.again-hint": {
    en: "Try again when the page’s server can be reached.",
    de: "Versuchen Sie es noch einmal, wenn der Server dieser Seite erreichbar ist.",
  },
  "reader.report-hint": {
    en: "Try again when the page’s server can be reached. If it happens again, report this text.",
    de: "Versuchen Sie es noch einmal, wenn der Server dieser Seite erreichbar ist. Wenn es wieder geschieht, melden Sie diesen Text.",
  },
  "reader.crashed": {
    en: "The reader of files has stopped because of a fault: {detail}.",
    de: "Der Dateileser wurde wegen eines Fehlers beendet: {detail}.",
  },
  "reader.crashed-hint": {
    en: "Your notes are kept. Try with fewer files at once.",
    de: "Ihre Dokumente sind erhalten. Versuchen Sie es mit weniger Dateien auf einmal.",
  },

  "samples.unknown": { en: "There are no sample notes called “{name}”.", de: "Es gibt keine Beispiele mit dem Namen „{name}“." },
  "samples.unknown-hint": { en: "Choose one of those shown under Notes.", de: "Wählen Sie eines von denen unter „Dokumente“." },
  "samples.not-fetched": { en: "The sample notes could not be fetched: {detail}.", de: "Die Beispiele konnten nicht geholt werden: {detail}." },
  "samples.not-fetched-hint": { en: "Check that the server still runs.", de: "Prüfen Sie, ob der Server noch läuft." },
  "samples.refused": {
    en: "The sample notes could not be fetched: {path} answered {status}.",
    de: "Die Beispiele konnten nicht geholt werden: {path} antwortete {status}.",
  },

  "same.question": {
    en: "{count:# note has the text of a note that was|# notes have the texts of notes that were} here already, with other marks. ",
    de: "{count:# Dokument hat denselben Text wie eines, das|# Dokumente haben denselben Text wie solche, die} schon da {count:war|waren}, mit anderen Markierungen. ",
  },
  "same.merge": { en: "Merge the marks", de: "Markierungen zusammenführen" },
  "same.replace": { en: "Take the new marks", de: "Neue Markierungen nehmen" },
  "same.keep-first": { en: "Keep the old marks", de: "Alte Markierungen behalten" },
  "same.keep-both": { en: "Keep both notes", de: "Beide Dokumente behalten" },
  "same.compare": { en: "Compare them", de: "Vergleichen" },
  "changed.question": {
    en: "{count:# note has the name of a note that was|# notes have the names of notes that were} here already, with a corrected text; marks are not carried over. ",
    de: "{count:# Dokument hat denselben Namen wie eines, das|# Dokumente haben dieselben Namen wie solche, die} schon da {count:war|waren}, mit berichtigtem Text; Markierungen werden nicht übertragen. ",
  },
  "changed.replace": { en: "Take the new texts", de: "Neue Texte nehmen" },
  "changed.keep-first": { en: "Keep the old texts", de: "Alte Texte behalten" },

  "format.text": { en: "Plain text", de: "Reiner Text" },
  "format.table": { en: "Table (CSV, TSV)", de: "Tabelle (CSV, TSV)" },

  "columns.title": { en: "Which column holds what?", de: "Welche Spalte enthält was?" },
  "columns.file-more": {
    en: "{file} and {count} more with the same columns",
    de: "{file} und {count} weitere mit denselben Spalten",
  },
  "columns.text": { en: "Text of a note", de: "Text eines Dokuments" },
  "columns.id": { en: "Its name", de: "Sein Name" },
  "columns.start": { en: "A mark’s first character, counted from 0", de: "Erstes Zeichen einer Markierung, ab 0 gezählt" },
  "columns.end": { en: "The character after its last", de: "Das Zeichen nach ihrem letzten" },
  "columns.label": { en: "Its label", de: "Ihr Label" },
  "columns.rows": { en: "The first rows", de: "Die ersten Zeilen" },
  "columns.cancel": { en: "Cancel", de: "Abbrechen" },
  "columns.read": { en: "Read the table", de: "Tabelle lesen" },
  "columns.choose": { en: "Choose a column", de: "Spalte wählen" },
  "columns.by-name": { en: "By its name, if there is one", de: "Nach dem Namen, falls es eine gibt" },

  "export.open": { en: "Export notes", de: "Exportieren" },
  "export.title": { en: "Export notes", de: "Dokumente exportieren" },
  "export.about": {
    en: "The file is written in this tab and saved by your browser. Nothing is sent anywhere.",
    de: "Die Datei wird in diesem Tab geschrieben und von Ihrem Browser gespeichert. Nichts wird gesendet.",
  },
  "export.format": { en: "Format", de: "Format" },
  "export.which": { en: "Which notes", de: "Welche Dokumente" },
  "export.all": { en: "All: {count:# note|# notes}", de: "Alle: {count:# Dokument|# Dokumente}" },
  "export.done": { en: "Those that are done: {count:# note|# notes}", de: "Die fertigen: {count:# Dokument|# Dokumente}" },
  "export.listed": { en: "Those in the list now: {count:# note|# notes}", de: "Die jetzt gezeigten: {count:# Dokument|# Dokumente}" },
  "export.close": { en: "Close", de: "Schließen" },
  "export.download": { en: "Download", de: "Herunterladen" },
  "export.download-notes": { en: "Download {count:# note|# notes}", de: "{count:# Dokument|# Dokumente} herunterladen" },
  "export.writing": { en: "Writing …", de: "Schreibt …" },
  "export.saved": {
    en: "Saved {count:# note|# notes} as {file} ({size}).",
    de: "{count:# Dokument|# Dokumente} als {file} gespeichert ({size}).",
  },
  "export.problems": {
    en: "{count:# thing|# things} this format can’t say",
    de: "{count:# Angabe|# Angaben}, die dieses Format nicht enthalten kann",
  },
  "export.problems-first": {
    en: "{count:# thing|# things} this format can’t say; the first {first} are listed",
    de: "{count:# Angabe|# Angaben}, die dieses Format nicht enthalten kann; die ersten {first} sind aufgeführt",
  },
});
