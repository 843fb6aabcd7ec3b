import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pino, { type Logger } from 'pino';
import { z } from 'zod';
import { type InputProblem, InvalidInput } from '../../base/invalid-input.ts';
import { logTo, logUnhandledRejections } from '../../base/log.ts';
import type { DataDir } from '../../local/data-dir.ts';
import { openLog, rotateLog, tailOf } from '../../local/log-file.ts';
import { startSupervisor } from '../../local/supervisor.ts';
import type { EngineName } from '../../topology/site-plan.ts';
import { errorText } from '../terminal/output.ts';
import { type Supervised, stopOnSignals } from './supervised.ts';

/** The single message from the background supervisor to the process that started it. */
const StartResult = z.union([
  z.object({ up: z.literal(true), note: z.string().optional() }),
  z.object({ problems: z.array(z.custom<InputProblem>()) }),
  z.object({ error: z.string() }),
]);
type StartResult = z.infer<typeof StartResult>;

/** Starts a supervisor in its own session and returns when all sites are up. Throws its reasons when they are not. */
export async function startInBackground(files: string[], data: DataDir, engine?: EngineName): Promise<void> {
  const choice = engine ? ['--engine', engine] : [];
  await startDetached(data, ['up', '--supervise', '--data', data.root, ...choice, '--', ...files]);
}

/** The same for any command that supervises. Returns a note for the user, if there is one. */
export async function startDetached(data: DataDir, command: string[]): Promise<string | undefined> {
  mkdirSync(data.root, { recursive: true });
  rotateLog(data.log);
  const log = openLog(data.log);
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, ...command], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const ended = once(child, 'exit').then(([code]) => ({
    error: `the supervisor exited with code ${code}:\n${tailOf(data.log, 15)}`,
  }));
  const told = once(child, 'message').then(([message]) => StartResult.parse(message));
  const outcome = await Promise.race([told, ended]);
  if ('problems' in outcome) throw new InvalidInput(outcome.problems);
  if ('error' in outcome) throw new Error(`${outcome.error}\nThe full log is in ${data.log}`);
  child.disconnect();
  child.unref();
  return outcome.note;
}

/** Runs the supervisor in the background. It logs JSON to a file. */
export const runInBackground = (files: string[], data: DataDir, engine?: EngineName) =>
  superviseInBackground(
    (log) => startSupervisor(data, log),
    (supervisor) => supervisor.apply(files, engine),
  );

/** Runs any supervisor in the background. */
export async function superviseInBackground<S extends Supervised>(
  start: (log: Logger) => Promise<S>,
  begin: (supervisor: S) => Promise<void>,
): Promise<void> {
  const log = pino({ base: null }, logTo());
  logUnhandledRejections(log);
  // Started by hand, or its starter was killed: it continues anyway.
  process.on('disconnect', () => undefined);
  try {
    const supervisor = await start(log);
    stopOnSignals(supervisor.stop);
    let note: string | undefined;
    try {
      await begin(supervisor);
      note = (await supervisor.up()) ?? undefined;
    } catch (error) {
      await supervisor.stop();
      throw error;
    }
    sendResult({ up: true, ...(note !== undefined && { note }) });
    await supervisor.stopped;
  } catch (error) {
    sendResult(error instanceof InvalidInput ? { problems: error.problems } : { error: errorText(error) });
    log.error({ err: error }, 'the network is not up');
    process.exitCode = 1;
  }
}

/** Only once: the starter exits after it. */
function sendResult(outcome: StartResult): void {
  if (process.connected) process.send?.(outcome, () => process.disconnect());
}
