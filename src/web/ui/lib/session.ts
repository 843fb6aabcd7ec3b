import type { Session } from '../../contract/session.ts';
import { get } from './api.ts';
import { session } from './state.ts';

/** Asks the site who is signed in, and shows the sign-in screen when nobody is. */
export async function showWhenSignedOut(): Promise<void> {
  // Without an answer nothing is known: whoever called tries again.
  const now = await get<Session>('/session').catch(() => undefined);
  if (now?.user === null) session.value = now;
}
