import { setTimeout as sleep } from 'node:timers/promises';
import { mergeStatus, type SiteAnswer } from '../../agent/queries/merge-status.ts';
import type { DataDir } from '../../local/data-dir.ts';
import { distinct } from '../../problems/problem.ts';
import { askAll } from '../sites/ask-all.ts';
import { siteClients } from '../sites/client.ts';
import { missingOf } from '../sites/missing.ts';
import { print, printJson } from '../terminal/output.ts';

const POLL_MS = 100;

/** Waits until every site holds what any of them knows, including files that were only just written. */
export async function wait(options: { data: DataDir; timeout: number; json?: boolean }): Promise<void> {
  const clients = siteClients(options.data);
  const end = Date.now() + options.timeout * 1000;
  const left = () => Math.max(1, end - Date.now());
  // A site that is not up yet is asked again below: only an answer after it has settled counts.
  const settled = new Set<string>();
  for (;;) {
    const answers = await askAll(clients, async (client) => {
      if (settled.has(client.name)) return client.status();
      const status = await client.settle(left());
      settled.add(client.name);
      return status;
    });
    const missing = missingOf(answers);
    const done = missing.length === 0;
    if (done || Date.now() >= end) {
      if (options.json) printJson({ inSync: done, missing, problems: problemsIn(answers) });
      else print(done ? `All ${clients.length} sites are in sync.` : missing.join('\n'));
      if (!done) process.exitCode = 1;
      return;
    }
    await sleep(Math.min(POLL_MS, left()));
  }
}

/** What keeps sites from being in sync, for programs. */
const problemsIn = (answers: SiteAnswer[]) =>
  mergeStatus(answers)
    .filter(({ inSync }) => !inSync)
    .flatMap(({ name, problems, notInSync }) =>
      distinct([...problems, ...notInSync]).map((one) => ({ site: name, ...one })),
    );
