import { differs } from '../journal/observe.ts';
import type { Damage } from '../store/damage.ts';
import type { IndexEntry } from '../store/index-entry.ts';
import type { Reading } from './read.ts';

/**
 * The result of verifying a file. `look`: the disk differs from the index, so detection must find out what happened;
 * `unknown`: it could not be read for a reason that says nothing about its content.
 */
export type ReadJudgement =
  | { is: 'good' | 'look' }
  | { is: 'unknown'; reason: string }
  | { is: 'damaged'; what: Damage['what']; found?: Buffer };

/**
 * A file is damaged only if its size, times and inode match the index, so that nobody can have written it since, and its
 * content differs. Pure.
 */
export function judge(entry: IndexEntry, reading: Reading): ReadJudgement {
  if (reading.is === 'failed') return { is: 'unknown', reason: reading.reason };
  if (reading.is === 'gone' || reading.is === 'changing' || differs(reading.fact, entry)) return { is: 'look' };
  if (reading.is === 'unreadable') return { is: 'damaged', what: 'unreadable' };
  const found = Buffer.from(reading.sha256);
  return entry.sha256?.equals(found) ? { is: 'good' } : { is: 'damaged', what: 'rot', found };
}

/** The same for a file of the archive, which nobody may write to: only its content counts. Pure. */
export function judgeArchived(sha256: Buffer, reading: Reading): ReadJudgement {
  if (reading.is === 'failed') return { is: 'unknown', reason: reading.reason };
  if (reading.is === 'gone') return { is: 'damaged', what: 'lost' };
  if (reading.is === 'changing') return { is: 'look' };
  if (reading.is === 'unreadable') return { is: 'damaged', what: 'unreadable' };
  const found = Buffer.from(reading.sha256);
  return sha256.equals(found) ? { is: 'good' } : { is: 'damaged', what: 'rot', found };
}
