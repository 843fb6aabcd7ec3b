/** A neighbour with which this site is connected now, both for the state and for bytes. */
export interface Peer {
  name: string;
  /** Loopback port behind which its rsync daemon answers. */
  rsyncPort: number;
  rsyncPassword: string;
  downBytesPerSecond?: number;
}
