import { runAgent } from '../../agent/main.ts';

/** Runs one site's agent until it is told to end. */
export async function agent({ siteDir }: { siteDir: string }): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  await runAgent(siteDir, stop.signal);
}
