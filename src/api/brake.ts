/** How many changes of one kind within a minute must wait for approval. */
export interface BrakeLimit {
  /** Up to this number they never wait. */
  files: number;
  /** Above this share of the folder's files they wait. */
  percent: number;
  /** Above this number they always wait. */
  most: number;
}

export interface BrakeLimits {
  enabled: boolean;
  deletions: BrakeLimit;
  overwrites: BrakeLimit;
}

/** Defaults for a SyncFolder. */
export const BRAKE_DEFAULTS: BrakeLimits = {
  enabled: true,
  deletions: { files: 50, percent: 20, most: 10_000 },
  overwrites: { files: 100, percent: 20, most: 10_000 },
};
