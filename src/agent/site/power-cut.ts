/** The last time that the machine stopped without warning while the agent was running. */
export interface PowerCut {
  /** Folders that have not been scanned completely since; empty when none is left, or there was no power cut. */
  readonly folders: Set<string>;
  /** Unix ms by the clock of that time; 0 when there was no power cut. */
  lastAlive: number;
}
