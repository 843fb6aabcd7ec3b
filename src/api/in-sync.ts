import { distinct, type Problem, problem, type ReportedProblem } from '../problems/problem.ts';

/** Paths of a folder that wait for something: how many, and some of them, for people. */
export interface Some {
  count: number;
  first: string[];
}

/** What a site knows of one of its folders at this moment. */
export interface FolderFacts {
  /** Why it cannot be used: its disk is away or does not respond, or the last scan failed. */
  error?: Problem;
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
  /** Why some changes are found by scans only. */
  degraded?: Problem;
  /** What cannot be read: how many paths, and what is wrong with the first of them. */
  unreadable: { count: number; first: Problem[] };
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
  /** Of another site: what it said of itself. Older agents do not say why. */
  said?: { inSync: boolean; notInSync?: readonly ReportedProblem[] | undefined };
  /** Versions that it should hold and does not, as far as the one who asks knows. */
  filesBehind: number;
  /** Origins of which others know more than it does. */
  gaps?: readonly string[];
}

export interface SyncVerdict {
  inSync: boolean;
  /** Why it is not, the lasting reasons first; empty when it is. */
  notInSync: ReportedProblem[];
}

/**
 * Whether a site is in sync: the one place that decides it, for status, heartbeat, page, metrics and conditions. Pure.
 *
 * It is said only of what was compared: each folder's tree has been scanned whole under its rules of today, nothing that was announced
 * since waits, is being read or journaled, nothing is unreadable, held or half done, and every head is here, as far as the one who asks
 * knows. What is not known counts as not in sync. So it is never said for longer than 2 s while trees differ
 * (docs/decisions/0028-in-sync.md).
 */
export function judgeSync(facts: SyncFacts): SyncVerdict {
  const { connected, opening, folders, said, filesBehind, gaps } = facts;
  const notInSync: ReportedProblem[] = [
    ...when(!connected, () => problem('stateNotArriving')),
    ...when(opening, () => problem('foldersOpening')),
    ...[...(folders ?? [])].flatMap(([name, folder]) => folderNotInSync(name, folder)),
    ...(said && !said.inSync ? (said.notInSync?.length ? said.notInSync : [problem('foldersScanned')]) : []),
    ...when(filesBehind > 0, () => problem('filesBehind', { count: filesBehind })),
    ...(gaps ?? []).map((origin) => problem('changesUnknown', { origin })),
  ];
  return { inSync: notInSync.length === 0, notInSync: distinct(notInSync) };
}

/** Why a folder is not in sync, the lasting reasons first; empty when it is. Pure. */
export function folderNotInSync(folder: string, facts: FolderFacts): Problem[] {
  const { error, waiting, reading, unreadable, refused, damaged, degraded, held, missing, intents } = facts;
  const unread = { count: unreadable.count, first: unreadable.first.map(pathOf) };
  return [
    ...(error ? [error] : []),
    ...when(unread.count > 0, () => problem('pathsUnreadable', { folder, ...named(unread) })),
    ...when(refused.count > 0, () => problem('pathsNotJournaled', { folder, ...named(refused) })),
    ...when(damaged > 0, () => problem('filesDamaged', { folder, count: damaged })),
    ...(degraded ? [degraded] : []),
    ...when(held > 0, () => problem('folderHeld', { folder, count: held })),
    ...when(!facts.passed, () => problem('notScanned', { folder })),
    ...when(!facts.current, () => problem('diskUnknown', { folder })),
    ...when(facts.overdue, () => problem('scanOverdue', { folder })),
    ...when(facts.owed, () => problem('scanOwed', { folder })),
    ...when(waiting.count > 0, () => problem('pathsChanged', { folder, ...named(waiting) })),
    ...when(reading.count > 0, () => problem('pathsReading', { folder, ...named(reading) })),
    ...when(facts.handling || facts.undecided, () => problem('changesTakenIn', { folder })),
    ...when(missing > 0, () => problem('filesMissing', { folder, count: missing })),
    ...when(intents > 0, () => problem('filesPlaced', { folder, count: intents })),
  ];
}

const when = (is: boolean | undefined, make: () => Problem): Problem[] => (is ? [make()] : []);

const pathOf = ({ params }: ReportedProblem) => `"${params['path'] ?? '?'}"`;

function named({ count, first }: Some): { count: number; names: string } {
  const names = first.slice(0, 3);
  return { count, names: names.length < count ? [...names, '…'].join(', ') : names.join(', ') };
}
