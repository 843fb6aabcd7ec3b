/** The machine stopped without warning while the agent ran. */
export interface PowerCut {
  /** Unix ms by the clock of that time. */
  lastAlive: number;
  /** Folders of which no pass has seen the whole tree since. */
  folders: Set<string>;
}
