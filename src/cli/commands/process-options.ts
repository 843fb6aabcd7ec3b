/** Options of the processes that a supervisor or the kubelet starts. */
export interface ProcessOptions {
  siteDir: string;
  /** Where to serve /healthz; absent = nowhere. */
  healthPort?: number;
}
