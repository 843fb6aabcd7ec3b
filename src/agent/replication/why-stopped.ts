import type { ChannelState } from '../../database/engine.ts';
import { type Problem, problem } from '../../problems/problem.ts';

/** A channel, and why this site has closed it, if it has. */
export interface Channel extends ChannelState {
  problem?: Problem;
}

/** Why a channel has stopped. Pure. */
export function whyStopped({ peer, state, error, problem: known }: Channel): Problem {
  if (known) return known;
  if (state === 'purged' || state === 'copied') return problem('stateCopied', { peer });
  return problem('stateBroken', { peer, why: error ?? state });
}
