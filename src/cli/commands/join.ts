import { resolve } from 'node:path';
import { sendRequest } from '../../local/control.ts';
import type { DataDir } from '../../local/data-dir.ts';
import { readBundleFile } from '../../local/joined/files.ts';
import { startJoined } from '../../local/joined/supervisor.ts';
import { type Owner, ownerOf } from '../../local/owner.ts';
import { inUseProblem, UP_TIMEOUT_MS } from '../../local/supervisor.ts';
import { startDetached, superviseInBackground } from '../supervise/background.ts';
import { superviseInForeground } from '../supervise/foreground.ts';
import { welcome } from '../supervise/welcome.ts';
import { print } from '../terminal/output.ts';

interface Options {
  data: DataDir;
  detach?: boolean;
  supervise?: boolean;
}

/** How long a supervisor may stay silent. */
const SILENT_MS = 5000;

/** Runs the site of a bundle, or hands a newer bundle to the running supervisor. */
export async function join(name: string | undefined, { data, detach, supervise }: Options): Promise<void> {
  const file = name === undefined ? undefined : resolve(name);
  const start = (log: Parameters<typeof startJoined>[1]) => startJoined(data, log);
  const begin = (supervisor: Awaited<ReturnType<typeof startJoined>>) => supervisor.join(file);
  if (supervise) return superviseInBackground(start, begin);
  // Reject what is not a bundle before starting anything.
  if (file !== undefined) readBundleFile(file);
  const owner = ownerOf(data);
  if (!owner && !detach) return superviseInForeground(data, start, begin);
  const note = owner
    ? await goOn(owner, file, data)
    : await startDetached(data, [
        'join',
        '--supervise',
        '--data',
        data.root,
        ...(file === undefined ? [] : ['--', file]),
      ]);
  await welcome(data);
  if (note !== undefined) print(`\nNot connected yet: ${note}`);
}

async function goOn(owner: Owner, file: string | undefined, data: DataDir): Promise<string | undefined> {
  await sendRequest(owner.socket, { verb: 'processes' }, SILENT_MS).catch(() => {
    throw inUseProblem(data, owner.pid);
  });
  await sendRequest(owner.socket, { verb: 'join', ...(file !== undefined && { file }) }, UP_TIMEOUT_MS);
  const note = await sendRequest(owner.socket, { verb: 'wait' }, 2 * UP_TIMEOUT_MS);
  return typeof note === 'string' ? note : undefined;
}
