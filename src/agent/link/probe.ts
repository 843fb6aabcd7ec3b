import { awaitGreeting } from '../../base/await-greeting.ts';
import { isAnswered } from '../../base/hang.ts';
import type { Endpoint } from '../../topology/site-plan.ts';

/** Without our greeting sshd would log two lines per connection instead of one. */
export const SSH_GREETING = { word: 'SSH-', hello: 'SSH-2.0-SiteSync\r\n' };

const never = new AbortController().signal;

/** Whether an SSH server greets at `address` within `timeoutMs`. Costs it one connection and no login. */
export function probeHub(address: Endpoint, timeoutMs: number): Promise<boolean> {
  return isAnswered((signal) => awaitGreeting({ ...address, ...SSH_GREETING }, signal), never, timeoutMs);
}
