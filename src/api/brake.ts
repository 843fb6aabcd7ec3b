/** From how many changes of one kind on, within a minute, they wait for a person. */
export interface BrakeLimit {
  /** So many, or fewer, never wait. */
  files: number;
  /** More than this part of the folder's files wait. */
  percent: number;
  /** More than so many always wait. */
  most: number;
}

export interface BrakeLimits {
  enabled: boolean;
  deletions: BrakeLimit;
  overwrites: BrakeLimit;
}

/** What holds where a SyncFolder says nothing. */
export const BRAKE: BrakeLimits = {
  enabled: true,
  deletions: { files: 50, percent: 20, most: 10_000 },
  overwrites: { files: 100, percent: 20, most: 10_000 },
};
