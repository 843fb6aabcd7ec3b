import type { Event, Inotify } from '../../../src/agent/fs/inotify.ts';
import type { Dentry, Inode } from './inode.ts';

/** As fs.inotify.max_queued_events has it. */
const MAX_QUEUED = 16_384;

/** What happens to inodes, for those that watch them as inotify(7) lets them. */
export class Notifier {
  readonly #watches = new Map<Inode, Map<Instance, number>>();
  readonly #instances = new Set<Instance>();

  /** Something happened to an entry: those hear it that watch its directory, and those that watch what it names. */
  entry({ parent, name, inode }: Dentry, come = false): void {
    if (parent)
      this.#tell(parent, (watch) => ({ is: 'changed', watch, name, newDirectory: come && inode.kind === 'dir' }));
    if (!come) this.self(inode);
  }

  /** An entry has left this directory. */
  left(parent: Inode, name: string): void {
    this.#tell(parent, (watch) => ({ is: 'changed', watch, name, newDirectory: false }));
  }

  self(inode: Inode): void {
    this.#tell(inode, (watch) => ({ is: 'self', watch }));
  }

  /** It is gone for good. */
  ended(inode: Inode): void {
    for (const [instance, watch] of this.#watches.get(inode) ?? []) {
      instance.push({ is: 'ended', watch });
      instance.forget(watch);
    }
    this.#watches.delete(inode);
  }

  /** The kernel drops what it has queued, and says so. */
  overflow(): void {
    for (const instance of this.#instances) instance.overflow();
  }

  open(inodeAt: (fd: number, name?: string) => Inode): Inotify {
    const instance = new Instance();
    this.#instances.add(instance);
    const watch = (inode: Inode) => {
      const watchers = this.#watches.get(inode) ?? new Map<Instance, number>();
      this.#watches.set(inode, watchers);
      const number = watchers.get(instance) ?? instance.add(inode);
      watchers.set(instance, number);
      return number;
    };
    const remove = (number: number) => {
      const inode = instance.forget(number);
      if (inode) this.#watches.get(inode)?.delete(instance);
    };
    return {
      add: (fd) => watch(inodeAt(fd)),
      addFile: (fd, name) => watch(inodeAt(fd, name)),
      remove,
      read: () => instance.queue.splice(0, 2000),
      close: () => {
        for (const number of instance.numbers()) remove(number);
        this.#instances.delete(instance);
      },
    };
  }

  #tell(inode: Inode, event: (watch: number) => Event): void {
    for (const [instance, watch] of this.#watches.get(inode) ?? []) instance.push(event(watch));
  }
}

class Instance {
  readonly queue: Event[] = [];
  readonly #inodes = new Map<number, Inode>();
  #last = 0;

  add(inode: Inode): number {
    this.#inodes.set(++this.#last, inode);
    return this.#last;
  }

  forget(watch: number): Inode | undefined {
    const inode = this.#inodes.get(watch);
    this.#inodes.delete(watch);
    return inode;
  }

  numbers = () => [...this.#inodes.keys()];

  push(event: Event): void {
    if (this.queue.length < MAX_QUEUED) this.queue.push(event);
    else if (this.queue.at(-1)?.is !== 'overflow') this.queue.push({ is: 'overflow' });
  }

  overflow(): void {
    this.queue.splice(0, this.queue.length, { is: 'overflow' });
  }
}
