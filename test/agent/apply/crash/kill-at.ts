import { writeSync } from 'node:fs';
import type { Pool } from 'mysql2/promise';
import type { Disk, HeldFile, Reads } from '../../../../src/agent/fs/disk.ts';
import { realDisk } from '../../../../src/agent/fs/real-disk.ts';

export type Step = (what: string) => void;

/** Exits the process just before the `count`-th step that changes a disk or a database, and reports that step. */
export function createKiller(count: number): Step {
  let left = count;
  return (what) => {
    left--;
    if (left > 0) return;
    writeSync(1, what);
    process.kill(process.pid, 'SIGKILL');
  };
}

/** Not steps: they change nothing, or only what no start looks at. */
const READS: Record<keyof Reads | 'flushFile' | 'makeDirectories', true> = {
  openRoot: true,
  openDirectory: true,
  reopen: true,
  openFile: true,
  close: true,
  redirect: true,
  look: true,
  stats: true,
  statInto: true,
  lastStat: true,
  names: true,
  readLink: true,
  read: true,
  readLater: true,
  seekData: true,
  identityOf: true,
  isMount: true,
  isOpenForWriting: true,
  watch: true,
  room: true,
  answersSoon: true,
  now: true,
  bootId: true,
  attributes: true,
  attribute: true,
  pathOf: true,
  self: true,
  flushFile: true,
  makeDirectories: true,
};

export function killingDisk(step: Step): Disk {
  return new Proxy(realDisk, {
    get(disk, name: keyof Disk) {
      if (name in READS) return disk[name];
      if (name === 'hold') return (...args: Parameters<Disk['hold']>) => killingFile(disk.hold(...args), step);
      return stepped(disk, name, step);
    },
  });
}

function killingFile(file: HeldFile | undefined, step: Step): HeldFile | undefined {
  return (
    file &&
    new Proxy(file, {
      get: (target, name: keyof HeldFile) => (name.startsWith('set') ? stepped(target, name, step) : target[name]),
    })
  );
}

const WRITES = /^\s*(INSERT|REPLACE|UPDATE|DELETE)/i;

/** Statements that write, and commits, are steps. */
export function killingDatabase(pool: Pool, step: Step): Pool {
  const watch = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(inner, name) {
        const value: unknown = Reflect.get(inner, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (name === 'commit' || (name === 'query' && WRITES.test(String(args[0]))))
            step(name === 'commit' ? name : String(args[0]).slice(0, 40));
          const result: unknown = value.apply(inner, args);
          return name === 'getConnection' ? (result as Promise<object>).then(watch) : result;
        };
      },
    });
  return watch(pool);
}

const nameOf = (value: unknown) => (value as { name?: string } | undefined)?.name ?? String(value);

function stepped<T extends object>(target: T, name: keyof T, step: Step): T[keyof T] {
  const call = target[name] as (...args: unknown[]) => unknown;
  return ((...args: unknown[]) => {
    step(`${String(name)} ${nameOf(args[0])}`);
    return call.apply(target, args);
  }) as T[keyof T];
}
