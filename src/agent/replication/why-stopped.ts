import type { ChannelState } from '../../database/engine.ts';

/** Why a channel does not go on, and what to do, for people. Pure. */
export function whyStopped({ state, error }: ChannelState): string {
  if (state !== 'purged' && state !== 'copied') return error ?? 'it has stopped';
  return 'it has no log of the rows that come next. They are copied from its tables, and this goes on';
}
