/** The machine stopped without warning while the agent was running. */
export interface PowerCut {
  /** Unix ms by the clock of that time. */
  lastAlive: number;
  /** Folders that no pass has completely seen since. */
  folders: Set<string>;
}
