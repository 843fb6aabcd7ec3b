import type { BytePath } from '../../base/bytes.ts';
import type { Digests } from '../fs/digests.ts';
import type { DirectoryReport, Findings, PassResult, ScoutState, Settling, Waiting } from '../fs/facts.ts';

/** Messages to a detection thread. Requests with an id are answered by the {@link FromWorker} with that id. */
export type ToWorker =
  | { ask: 'open'; folder: string; root: string; ignore: string[] }
  | { ask: 'close'; folder: string }
  | { ask: 'pass'; id: number; folder: string; digests: Digests }
  /** Read pending kernel events; after the states of all folders `here` is sent. */
  | { ask: 'poll'; id: number }
  /** Look at the root of each folder, and send `here`: cheap, also while the kernel announces more than can be read. */
  | { ask: 'probe'; id: number }
  | { ask: 'look'; folder: string; paths: BytePath[] }
  | { ask: 'settle'; id: number; folder: string; paths: BytePath[]; inlineMax: number }
  /** The last report or findings were processed: send the next. */
  | { ask: 'next' }
  /** Close every folder: the last message. */
  | { ask: 'end' };

export type FromWorker =
  | { tell: 'findings'; findings: Findings }
  | { tell: 'report'; folder: string; reports: DirectoryReport[] }
  | { tell: 'passed'; id: number; result: PassResult | { error: string } }
  | { tell: 'settled'; id: number; results: Settling[] }
  | { tell: 'here'; id: number }
  | { tell: 'state'; folder: string; state: ScoutState; waiting: Waiting; overflowed: boolean };
