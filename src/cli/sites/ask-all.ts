import type { SiteAnswer } from '../../agent/queries/merge-status.ts';
import type { AgentStatus } from '../../agent/queries/status.ts';
import type { SiteClient } from './client.ts';

/** Asks all sites for their status concurrently. A site that does not respond is an answer too. */
export function askAll(
  clients: SiteClient[],
  ask: (client: SiteClient) => Promise<AgentStatus>,
): Promise<SiteAnswer[]> {
  return Promise.all(
    clients.map((client) =>
      ask(client).then(
        (status) => ({ plan: client.plan, status }),
        (error: Error) => ({ plan: client.plan, error: error.message }),
      ),
    ),
  );
}
