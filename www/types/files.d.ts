// What crosses between the page and the worker of the file formats.

declare namespace Page {
  namespace Files {
    interface Calls {
      importFiles: { args: [Fedner.InputFile[], Fedner.FormatName | null, (Fedner.TableColumns | null)?]; result: Fedner.Imported };
      exportNotes: { args: [Fedner.FormatName, Fedner.ExportDocument[]]; result: Fedner.Exported };
    }
    type Request = { [K in keyof Calls]: { call: K; args: Calls[K]["args"] } }[keyof Calls];
    type Message =
      /** The module is loaded. */
      | { kind: "ready" }
      /** So many of the files were read. */
      | { kind: "progress"; done: number; total: number }
      | { kind: "result"; result: Calls[keyof Calls]["result"] }
      | { kind: "failure"; failure: Page.Failure };
  }
}
