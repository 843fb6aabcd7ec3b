import { differs } from '../journal/observe.ts';
import type { Damage } from '../store/damage.ts';
import type { IndexEntry } from '../store/index-entry.ts';
import type { Reading } from './read.ts';

/**
 * What reading a file again says. `look`: the disk is not what the index says, so it is detection's to find out what happened;
 * `unknown`: it could not be read for a reason that says nothing about its content.
 */
export type ReadJudgement =
  | { is: 'good' | 'look' }
  | { is: 'unknown'; reason: string }
  | { is: 'damaged'; what: Damage['what']; found?: Buffer };

/**
 * Damaged is only what is just as the index says in size, times and inode, so that nobody can have written it since, and
 * has other content. Pure.
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
