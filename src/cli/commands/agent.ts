import { runAgent } from '../../agent/main.ts';
import { stopSignal } from '../supervise/stop-signal.ts';

/** A database that hangs must not keep the agent from exiting: nothing is lost whenever it dies. */
const END_WITHIN_MS = 9000;

/** Runs one site's agent until it is told to stop or has to restart: its supervisor then starts it again. */
export async function agent({ siteDir }: { siteDir: string }): Promise<void> {
  const outdated = new AbortController();
  const signal = AbortSignal.any([stopSignal(), outdated.signal]);
  signal.addEventListener('abort', () => setTimeout(() => process.exit(1), END_WITHIN_MS).unref());
  await runAgent(siteDir, signal, () => outdated.abort());
}
