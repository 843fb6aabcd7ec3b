/** Whether the agent has started: its folders were opened, and the rows that had arrived by then are ingested. */
export interface Startup {
  readonly isDone: boolean;
  finish(): void;
}

export function createStartup(): Startup {
  let isDone = false;
  return {
    get isDone() {
      return isDone;
    },
    finish() {
      isDone = true;
    },
  };
}
