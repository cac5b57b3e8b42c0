// The engine as the page's services use it.

declare namespace Page {
  interface Engine {
    call<K extends keyof EngineCalls>(name: K, ...args: EngineCalls[K]["args"]): Promise<EngineCalls[K]["result"]>;
    start(options: StartOptions): Promise<Started>;
    /** Gets an engine for the GPU ready in a worker of its own, beside the one in use. */
    prepareGpu(times: DeviceTimes | null): Promise<Prepared>;
    /**
     * Once no call is under way, the prepared worker takes the place of the one in use, with its newest checkpoint.
     * Calls made meanwhile wait, then go to the new one. `onChange` is called when nothing can go to the old one any more.
     */
    takeOver(options: Omit<StartOptions, "checkpoint">, onChange: () => void): Promise<Started>;
    /** The newest checkpoint of the worker, also when its engine has died; null when it has none or does not answer. */
    lastCheckpoint(): Promise<Uint8Array | null>;
  }
}
