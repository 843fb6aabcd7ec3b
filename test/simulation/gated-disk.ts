import type { Disk } from '../../src/agent/fs/disk.ts';
import type { MemoryDisk } from './disk/memory-disk.ts';
import type { Gate } from './gate.ts';

/** Calls that may take time. */
const LATER = new Set<keyof Disk>(['copy', 'copyInto', 'flush', 'flushFile', 'readLater', 'room', 'answersSoon']);
const OPENS = new Set<keyof Disk>(['openRoot', 'openDirectory', 'openFile', 'reopen']);

/** A disk as one run of an agent has it, and what lets go of all that it had open. */
export function gatedDisk(disk: MemoryDisk, gate: Gate): { disk: Disk; letGo(): void } {
  const open = new Set<number>();
  const watches = new Set<{ close(): void }>();
  const gated: Partial<Record<keyof Disk, (...args: never[]) => unknown>> = {};
  const add = (name: keyof Disk) => {
    const call = (disk[name] as (...args: unknown[]) => unknown).bind(disk);
    if (LATER.has(name)) {
      gated[name] = async (...args) => {
        await gate.pass(name);
        return call(...args);
      };
    } else {
      gated[name] = (...args) => {
        gate.check(name);
        const result = call(...args);
        if (OPENS.has(name)) open.add(result as number);
        return result;
      };
    }
  };
  for (const name of CALLS) add(name);
  const result = gated as unknown as Disk;
  result.close = (fd) => {
    gate.check('close');
    open.delete(fd);
    disk.close(fd);
  };
  result.watch = () => {
    gate.check('watch');
    const inotify = disk.watch();
    watches.add(inotify);
    return inotify;
  };
  return {
    disk: result,
    letGo() {
      for (const fd of open) disk.close(fd);
      for (const watch of watches) watch.close();
      open.clear();
      watches.clear();
    },
  };
}

const CALLS: (keyof Disk)[] = [
  'openRoot',
  'openDirectory',
  'reopen',
  'openFile',
  'redirect',
  'look',
  'stats',
  'statInto',
  'lastStat',
  'names',
  'readLink',
  'read',
  'readLater',
  'seekData',
  'identityOf',
  'isMount',
  'isOpenForWriting',
  'room',
  'answersSoon',
  'now',
  'bootId',
  'pathOf',
  'self',
  'setOpenMode',
  'attributes',
  'attribute',
  'setOwner',
  'setAttribute',
  'removeAttribute',
  'makeHeir',
  'copyInto',
  'write',
  'copy',
  'makeDirectory',
  'makeDirectories',
  'makeSymlink',
  'setMode',
  'setMtime',
  'moveNew',
  'replace',
  'exchange',
  'remove',
  'removeDirectory',
  'removeAll',
  'hold',
  'flushFile',
  'flush',
];
