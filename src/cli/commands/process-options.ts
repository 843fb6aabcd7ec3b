/** Of the processes that a supervisor or kubelet starts. */
export interface ProcessOptions {
  siteDir: string;
  /** Where it answers /healthz, if at all. */
  healthPort?: number;
}
