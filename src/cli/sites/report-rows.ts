import { inWords, type StatusRow } from '../../agent/queries/merge-status.ts';
import { judgeSync } from '../../api/in-sync.ts';
import type { NetworkReport } from '../../api/network-report.ts';
import { problem } from '../../problems/problem.ts';

/** The sites as one of them sees the network. What is said about a site was true at its `asOf`, by the reporter's clock. */
export function rowsFromReport(
  { reporter, at, sites }: NetworkReport,
  pageOf: (site: string) => string | null,
): StatusRow[] {
  return sites.map(({ name, role, via, connected, summary, beatAt, heardAt = beatAt, ...rest }) => {
    const heardOf = name === reporter || heardAt > 0;
    const numbers = { lagSeconds: rest.lagSeconds, filesBehind: rest.filesBehind, bytesBehind: rest.bytesBehind };
    const unheard = name === reporter || connected ? [] : [problem('notHeard', { reporter })];
    const verdict = judgeSync({ connected, said: summary, filesBehind: rest.filesBehind });
    return {
      name,
      role,
      hub: role === 'hub' ? null : name === reporter ? hubOf(summary.peers, sites) : via,
      connected: name === reporter ? summary.connected : connected,
      ...inWords(name, [...unheard, ...summary.problems], verdict),
      ...(heardOf ? numbers : { lagSeconds: null, filesBehind: null, bytesBehind: null }),
      conflicts: heardOf ? summary.conflicts : null,
      held: heardOf ? summary.held : null,
      damaged: heardOf ? summary.damaged : null,
      verifiedAt: summary.verifiedAt === undefined ? null : new Date(summary.verifiedAt).toISOString(),
      page: pageOf(name),
      asOf: heardOf ? new Date(name === reporter ? at : heardAt).toISOString() : null,
    };
  });
}

/** Nobody says through whom the reporter itself is heard: it knows from which neighbours rows arrive. */
function hubOf(peers: string[], sites: NetworkReport['sites']): string | null {
  return sites.find(({ name, role }) => role === 'hub' && peers.includes(name))?.name ?? null;
}
