import { mkdirSync } from 'node:fs';
import pino, { type Logger } from 'pino';
import { build as pretty } from 'pino-pretty';
import { logTo, logUnhandledRejections } from '../../base/log.ts';
import type { DataDir } from '../../local/data-dir.ts';
import { startSupervisor } from '../../local/supervisor.ts';
import type { EngineName } from '../../topology/site-plan.ts';
import { print } from '../terminal/output.ts';
import { logProblems } from './log-problems.ts';
import { type Supervised, stopOnSignals } from './supervised.ts';
import { welcome } from './welcome.ts';

/** Runs a topology until Ctrl-C. The terminal shows one table, and then only what needs attention; the log has everything. */
export const runInForeground = (files: string[], data: DataDir, engine?: EngineName) =>
  superviseInForeground(
    data,
    (log) => startSupervisor(data, log),
    (supervisor) => supervisor.apply(files, engine),
  );

/** The same for any supervisor. */
export async function superviseInForeground<S extends Supervised>(
  data: DataDir,
  start: (log: Logger) => Promise<S>,
  begin: (supervisor: S) => Promise<void>,
): Promise<void> {
  mkdirSync(data.root, { recursive: true });
  const terminal = pretty({
    ignore: 'pid,hostname,log,retryMs,said,process',
    messageFormat: '{site}: {msg}',
    hideObject: true,
    sync: true,
    destination: 2,
  });
  const file = logTo(data.log);
  const log = pino(
    { name: 'sitesync' },
    pino.multistream([
      { level: 'warn', stream: terminal },
      { level: 'info', stream: file },
    ]),
  );
  logUnhandledRejections(log);
  const supervisor = await start(log);
  let stopping = false;
  stopOnSignals(() => {
    stopping = true;
    print('\nStopping …');
    return supervisor.stop();
  });
  let note: string | undefined;
  try {
    print('Starting …');
    await begin(supervisor);
    note = (await supervisor.up()) ?? undefined;
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
  if (stopping) return supervisor.stopped;
  await welcome(data);
  if (note !== undefined) print(note);
  print(hint(data));
  const stopTelling = logProblems(data, log);
  await supervisor.stopped;
  stopTelling();
}

function hint(data: DataDir): string {
  const flag =
    process.env.SITESYNC_DATA || data.root === `${process.cwd()}/sitesync-data` ? '' : ` --data ${data.root}`;
  return `
Copy a file into one of these folders: it appears in the others.
Try, in another terminal: npx sitesync status${flag}
Ctrl-C stops everything; the next start goes on where it was.`;
}
