/** Paths of a folder that wait for something: how many, and some of them, for people. */
export interface Some {
  count: number;
  first: string[];
}

/** What a site knows of one of its folders at this moment. */
export interface FolderFacts {
  /** Why it cannot be used: its disk is away or does not answer, or the last pass failed. */
  error?: string;
  /** Whether what follows was heard from its detection just now. */
  current: boolean;
  /** Whether a pass under the rules of today has seen the whole tree. */
  passed: boolean;
  /** The next pass is late by more than a pass takes. */
  overdue: boolean;
  /** Announced and not looked at yet. */
  waiting: Some;
  /** Large files of which the content is being read. */
  reading: Some;
  /** What was seen is being taken into the journal. */
  handling: boolean;
  /** Passes that have to find what was lost, as after an overflow of the kernel's queue. */
  owed: boolean;
  /** Why changes are found by passes only. */
  degraded?: string;
  unreadable: Some;
  /** Changed, and not taken by the database. */
  refused: Some;
  /** Files whose content is damaged and not healed yet. */
  damaged: number;
  /** Deletions or overwrites that the brake has not decided yet. */
  undecided: boolean;
  /** Changes that wait for a person. */
  held: number;
  /** Heads that should be here and are not. */
  missing: number;
  /** Changes of the tree that were begun and are not settled in the database. */
  intents: number;
}

/** What is known of a site, by itself or by another one. */
export interface SyncFacts {
  /** Whether the state of the network arrives there; of another site: whether what it says of itself is current. */
  connected: boolean;
  /** The agent is starting, or follows a changed plan. */
  opening?: boolean;
  /** At the site itself. */
  folders?: ReadonlyMap<string, FolderFacts>;
  /** Of another site: what it said of itself. */
  said?: { inSync: boolean; reasons?: readonly string[] | undefined };
  /** Versions that it should hold and does not, as far as the one who asks knows. */
  filesBehind: number;
  /** Origins of which others know more than it does. */
  gaps?: readonly string[];
}

export interface SyncVerdict {
  inSync: boolean;
  /** In words; empty when it is in sync. */
  reasons: string[];
}

/**
 * Whether a site is in sync: the one place that decides it, for status, heartbeat, page, metrics and conditions. Pure.
 *
 * It is said only of what was compared: each folder's tree has been seen whole under its rules of today, nothing that was announced
 * since waits, is being read or taken in, nothing is unreadable, held or half done, and every head is here, as far as the one who asks
 * knows. What is not known counts as not in sync. So it is never said for longer than 2 s while trees differ
 * (docs/decisions/0028-in-sync.md).
 */
export function judgeSync(facts: SyncFacts): SyncVerdict {
  const { connected, opening, folders, said, filesBehind, gaps } = facts;
  const reasons = [
    ...(connected ? [] : ['the state of the network does not arrive']),
    ...(opening ? ['its folders are being opened'] : []),
    ...[...(folders ?? [])].flatMap(([name, folder]) => reasonsOf(folder).map((reason) => `${name}: ${reason}`)),
    ...(said && !said.inSync ? (said.reasons?.length ? said.reasons : ['it looks through its folders']) : []),
    ...(filesBehind > 0 ? [`${filesBehind} files are still to come`] : []),
    ...(gaps ?? []).map((origin) => `it does not hold all changes made at ${origin}`),
  ];
  return { inSync: reasons.length === 0, reasons: [...new Set(reasons)] };
}

/** Why a folder is not in sync, the lasting reasons first; empty when it is. Pure. */
export function reasonsOf(folder: FolderFacts): string[] {
  const { waiting, reading, unreadable, refused, damaged, held, missing, intents } = folder;
  return [
    ...(folder.error === undefined ? [] : [folder.error]),
    ...(unreadable.count > 0 ? [`${paths(unreadable)} cannot be read`] : []),
    ...(refused.count > 0 ? [`${paths(refused)} cannot be journaled`] : []),
    ...(damaged > 0 ? [`${damaged} files are damaged`] : []),
    ...(folder.degraded === undefined ? [] : [folder.degraded]),
    ...(held > 0 ? [`${held} changes wait for a person`] : []),
    ...(folder.passed ? [] : ['it has not been looked through yet']),
    ...(folder.current ? [] : ['what happens on its disk is not known at this moment']),
    ...(folder.overdue ? ['it has not been looked through in time'] : []),
    ...(folder.owed ? ['it has to be looked through: what happened there is not known whole'] : []),
    ...(waiting.count > 0 ? [`${paths(waiting)} changed and were not looked at yet`] : []),
    ...(reading.count > 0 ? [`${paths(reading)} are being read`] : []),
    ...(folder.handling || folder.undecided ? ['what changed is being taken in'] : []),
    ...(missing > 0 ? [`${missing} files are still to come`] : []),
    ...(intents > 0 ? [`${intents} files are being put into place`] : []),
  ];
}

function paths({ count, first }: Some): string {
  const named = first.slice(0, 3).join(', ');
  return `${count} ${count === 1 ? 'path' : 'paths'}${named === '' ? '' : ` (${named}${count > 3 ? ', …' : ''})`}`;
}
