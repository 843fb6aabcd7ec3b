import type { Digests } from '../fs/digests.ts';
import type { DirectoryReport, Findings, Waiting } from '../fs/facts.ts';

/** What the detector reports to. Each call is awaited before the next. */
export interface DetectorHandlers {
  /** Entries that were observed because of hints. */
  findings(findings: Findings): Promise<void>;
  /** Directories in which a pass found differences. */
  reports(folder: string, reports: DirectoryReport[]): Promise<void>;
  /** Digests of the directories that equalled the index. */
  digests(folder: string): Promise<Digests>;
  /**
   * Called before and after each pass. Throws when the folder's disk is not there. Returns what identifies the open
   * folder: another value when it was reopened meanwhile.
   */
  check(folder: string): unknown;
  /** A pass has seen the whole tree, and everything it reported was processed. */
  passed(folder: string): Promise<void>;
  trouble(folder: string, error: Error): void;
  /** Whether findings are still being processed elsewhere. */
  working(): boolean;
  /** Large files of a folder whose content is being read. Absent: none. */
  reading?(folder: string): Waiting;
  /** How many files of a folder could not be read. Absent: none. */
  unreadable?(folder: string): number;
  /** The disk of these folders no longer responds, or responds again. */
  stalled?(folders: string[], is: boolean): void;
}
