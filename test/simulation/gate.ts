/** Ends whatever an agent that was stopped still tries to do. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Between an agent and its edges: lets a simulation stop the agent at any call, and calls take time. */
export interface Gate {
  /** Throws {@link Stopped} once the agent is stopped: no call reaches an edge any more. */
  check(call: string): void;
  /** The same for calls that may take time; of a stopped agent they never end. */
  pass(call: string): Promise<void>;
}
