import type { Edge, SiteName } from './star.ts';

/** Ways in which programs save a file. */
export const STYLES = ['inPlace', 'truncate', 'replace', 'office', 'append', 'halves', 'late'] as const;
export type Style = (typeof STYLES)[number];

/** What a person does in a folder. Paths are relative to it; a step that does not apply to what is there does nothing. */
export type Deed =
  /** `halves`: pauses in the middle for `pauseMs`; `late`: opens the file, and writes only after `pauseMs`. */
  | { do: 'save'; path: string; style: Style; size: number; pauseMs: number }
  | { do: 'rename'; path: string; to: string }
  | { do: 'remove'; path: string }
  | { do: 'copy'; path: string; to: string }
  | { do: 'chmod'; path: string; mode: number }
  | { do: 'touch'; path: string; mtime: number }
  | { do: 'symlink'; path: string; target: string }
  | { do: 'hardLink'; path: string; to: string }
  /** A file becomes a directory with an entry, or the other way round. */
  | { do: 'flip'; path: string }
  | { do: 'mkdir'; path: string }
  | { do: 'moveDirectory'; path: string; to: string }
  | { do: 'removeDirectory'; path: string };

export const PROCESSES = ['agent', 'database', 'rsync', 'sshd', 'ssh'] as const;
export type ProcessName = (typeof PROCESSES)[number];

export const LINK_FAULTS = ['cut', 'reset', 'slow', 'hole', 'oneWay'] as const;
export type LinkFault = (typeof LINK_FAULTS)[number];

/** What breaks, and for how long. */
export type Fault =
  | { fault: 'kill'; process: ProcessName }
  | { fault: 'stop'; process: ProcessName; ms: number }
  | { fault: 'link'; edge: Edge; how: LinkFault; ms: number }
  | { fault: 'diskFull'; ms: number }
  | { fault: 'readOnly'; ms: number }
  /** All processes of the site are gone, and nothing restarts them. */
  | { fault: 'away'; ms: number }
  /** The supervisor of all sites is killed and restarted. */
  | { fault: 'crash'; ms: number }
  /** Copies what `what` names while the site runs, for `putBack`. */
  | { fault: 'copy'; what: PutBack }
  | { fault: 'putBack'; what: PutBack; ms: number }
  | { fault: 'apply'; ignore: string[]; keep: number };

export const PUT_BACK = ['database', 'tree', 'all'] as const;
export type PutBack = (typeof PUT_BACK)[number];

/** One step of an episode. `at`: ms since its start. `id` is unique within a run: contents are derived from it. */
export type Step = { id: string; at: number; site: SiteName } & (Deed | Fault);
export type DeedStep = Extract<Step, Deed>;
export type FaultStep = Extract<Step, Fault>;

export const isDeed = (step: Step): step is DeedStep => 'do' in step;

/** Everything that a run did: enough to repeat it. */
export interface Script {
  seed: number;
  engine: 'mariadb' | 'mysql';
  episodes: Step[][];
}
