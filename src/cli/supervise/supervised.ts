/** What the supervisors of a whole network and of a joined site have in common. */
export interface Supervised {
  /** Resolves when everything it runs is up, with a note for the user if there is one. */
  up(): Promise<string | undefined | void>;
  stop(): Promise<void>;
  stopped: Promise<void>;
}

/** The first signal shuts down cleanly, a second one at once: everything dies with this process. */
export function stopOnSignals(stop: () => Promise<void>): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      void stop();
    });
  }
}
