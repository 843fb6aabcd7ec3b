import { resolve } from 'node:path';
import { notesForMachine } from '../../api/load.ts';
import { sendRequest } from '../../local/control.ts';
import type { DataDir } from '../../local/data-dir.ts';
import { type Owner, ownerOf } from '../../local/owner.ts';
import { inUseProblem, UP_TIMEOUT_MS } from '../../local/supervisor.ts';
import type { EngineName } from '../../topology/site-plan.ts';
import { welcome } from '../supervise/welcome.ts';
import { printNotes } from '../terminal/output.ts';

interface Options {
  data: DataDir;
  engine?: EngineName;
  detach?: boolean;
  supervise?: boolean;
}

/** How long a supervisor may stay silent. */
const SILENT_MS = 5000;

/** Runs a topology, or hands a changed one to the running supervisor. */
export async function up(names: string[], options: Options): Promise<void> {
  const files = names.map((name) => resolve(name));
  const { data, engine } = options;
  if (options.supervise) return (await import('../supervise/background.ts')).runInBackground(files, data, engine);
  printNotes(notesForMachine(files));
  const owner = ownerOf(data);
  if (owner) await change(files, options, owner);
  else if (options.detach) await (await import('../supervise/background.ts')).startInBackground(files, data, engine);
  else return (await import('../supervise/foreground.ts')).runInForeground(files, data, engine);
  await welcome(data);
}

async function change(files: string[], { data, engine }: Options, owner: Owner): Promise<void> {
  await sendRequest(owner.socket, { verb: 'processes' }, SILENT_MS).catch(() => {
    throw inUseProblem(data, owner.pid);
  });
  await sendRequest(owner.socket, { verb: 'apply', files, ...(engine && { engine }) }, UP_TIMEOUT_MS);
  await sendRequest(owner.socket, { verb: 'wait' }, UP_TIMEOUT_MS + SILENT_MS);
}
