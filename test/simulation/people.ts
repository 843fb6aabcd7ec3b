import { createHash } from 'node:crypto';
import type { Deeds } from '../../hack/soak/deeds.ts';
import { FOLDER, type SiteName } from '../../hack/soak/star.ts';
import { type BytePath, bytePath, parentOf } from '../../src/base/bytes.ts';
import { sha256 } from '../support/tree.ts';
import type { MemoryDisk } from './disk/memory-disk.ts';
import type { SimulatedSite } from './site.ts';
import type { DeedStep } from './step.ts';
import type { Time } from './time.ts';

interface LateSave {
  sha256: string;
  size: number;
  openedAt: number;
  ino: bigint;
}

interface PeopleOptions {
  seed: string;
  deeds: Deeds;
  time: Time;
  site(name: SiteName): SimulatedSite;
  /** A person wrote to a file that was open all the time, and whose name leads elsewhere by now. */
  onLateSave(site: SiteName, path: BytePath, late: LateSave): void;
  /** A person writes to a file that was open all the time: what another one had written late there is gone. */
  onOverwrite(site: SiteName, ino: bigint): void;
}

type Save = DeedStep & { do: 'save' };

/** Does at once what a person does, as programs do it, and writes down whose hand put what where. */
export class People {
  readonly #options: PeopleOptions;

  constructor(options: PeopleOptions) {
    this.#options = options;
  }

  /** What is not possible at this moment is not done. */
  async do(step: DeedStep): Promise<void> {
    try {
      await new Hand(this.#options, step).act();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
  }
}

/** One person during one step. */
class Hand {
  readonly #options: PeopleOptions;
  readonly #step: DeedStep;
  readonly #disk: MemoryDisk;
  readonly #root: string;

  constructor(options: PeopleOptions, step: DeedStep) {
    this.#options = options;
    this.#step = step;
    const site = options.site(step.site);
    this.#disk = site.disk;
    this.#root = site.root(FOLDER).slice(1);
  }

  async act(): Promise<void> {
    const step = this.#step;
    const path = bytePath(step.path);
    const disk = this.#disk;
    switch (step.do) {
      case 'save':
        return this.#save(step, path);
      case 'rename':
      case 'moveDirectory':
        return this.#rename(path, bytePath(step.to));
      case 'remove':
        return this.#remove(path);
      case 'copy': {
        const there = disk.look(this.#at(path));
        if (there?.isFile()) this.#write(bytePath(step.to), disk.contentOf(this.#at(path)), 'truncate');
        return;
      }
      case 'chmod':
      case 'touch':
        this.#touch(path);
        if (!disk.look(this.#at(path))?.isFile()) return;
        this.#options.deeds.handle(step.site, path);
        if (step.do === 'chmod') disk.setMode(this.#at(path), step.mode);
        else disk.setMtime(this.#at(path), BigInt(step.mtime) * 1_000_000_000n);
        return;
      case 'symlink':
        this.#touch(path);
        this.#parents(path);
        if (disk.look(this.#at(path))?.isSymbolicLink()) this.#remove(path);
        return disk.makeSymlink(this.#at(path), bytePath(step.target));
      case 'hardLink':
        this.#touch(path);
        this.#touch(bytePath(step.to));
        this.#parents(bytePath(step.to));
        disk.link(this.#at(path), this.#at(bytePath(step.to)));
        this.#options.deeds.nameInode(step.site, path, disk.look(this.#at(path))!.ino);
        return this.#put(bytePath(step.to));
      case 'flip':
        return this.#flip(path);
      case 'mkdir':
        return this.#parents(`${path}/`);
      case 'removeDirectory':
        return this.#removeAll(path);
    }
  }

  #at = (path: BytePath) => ({ fd: -1, name: `${this.#root}/${path}` });

  #parents(path: BytePath): void {
    this.#disk.makeDirectories(`/${this.#root}${parentOf(path) === '' ? '' : `/${parentOf(path)}`}`, 0o755);
  }

  #touch(path: BytePath, below = false): void {
    const { deeds, time } = this.#options;
    deeds.touch(this.#step.site, path, time.now, below, this.#disk.look(this.#at(path))?.ino);
  }

  #put(path: BytePath): void {
    const stats = this.#disk.look(this.#at(path));
    if (!stats?.isFile()) return;
    this.#options.deeds.putInode(this.#step.site, path, stats.ino, sha256(this.#disk.contentOf(this.#at(path))));
  }

  async #save({ style, pauseMs, id, size }: Save, path: BytePath): Promise<void> {
    const head = Buffer.from(`step ${id} of ${this.#options.seed}\n`);
    const bytes = Buffer.concat([head, createHash('shake256', { outputLength: size }).update(head).digest()]);
    switch (style) {
      case 'replace': {
        const temp = `${parentOf(path) === '' ? '' : `${parentOf(path)}/`}.${this.#step.site}-saving.tmp`;
        this.#write(temp, bytes, 'truncate');
        return this.#rename(temp, path);
      }
      case 'office':
        this.#rename(path, `${path}.bak`);
        this.#write(path, bytes, 'truncate');
        return this.#remove(`${path}.bak`);
      case 'halves':
      case 'late':
        return this.#saveSlowly(path, bytes, style, pauseMs);
      default:
        return this.#write(path, bytes, style);
    }
  }

  #open(path: BytePath): number {
    this.#parents(path);
    return this.#disk.create(this.#at(path), 0o644, true);
  }

  #putOpen(path: BytePath, fd: number): string {
    const hash = sha256(this.#disk.contentOfOpen(fd));
    this.#options.deeds.putInode(this.#step.site, path, this.#disk.stats(fd).ino, hash);
    return hash;
  }

  #write(path: BytePath, bytes: Buffer, style: 'inPlace' | 'truncate' | 'append'): void {
    this.#touch(path);
    const fd = this.#open(path);
    try {
      if (style === 'truncate') this.#disk.truncate(fd, 0);
      this.#putOpen(path, fd);
      this.#disk.writeAt(fd, bytes, style === 'append' ? this.#disk.contentOfOpen(fd).length : 0);
      if (style === 'inPlace') this.#disk.truncate(fd, bytes.length);
    } finally {
      this.#putOpen(path, fd);
      this.#disk.close(fd);
      this.#touch(path);
    }
  }

  async #saveSlowly(path: BytePath, bytes: Buffer, style: 'halves' | 'late', pauseMs: number): Promise<void> {
    const { time, deeds, onLateSave, onOverwrite } = this.#options;
    const { site } = this.#step;
    this.#touch(path);
    const fd = this.#open(path);
    const openedAt = time.now;
    try {
      if (style === 'halves') {
        this.#disk.truncate(fd, 0);
        this.#disk.writeAt(fd, bytes.subarray(0, bytes.length >> 1), 0);
      }
      this.#putOpen(path, fd);
      await time.pause(pauseMs);
      if (!this.#disk.isOpen(fd)) return;
      this.#touch(path);
      const { ino } = this.#disk.stats(fd);
      deeds.touch(site, path, time.now, false, ino);
      onOverwrite(site, ino);
      this.#disk.writeAt(fd, bytes, 0);
      this.#disk.truncate(fd, bytes.length);
      const hash = this.#putOpen(path, fd);
      if (this.#disk.look(this.#at(path))?.ino !== ino)
        onLateSave(site, path, { sha256: hash, size: bytes.length, openedAt, ino });
    } finally {
      // Also what a full disk took of it is theirs.
      if (this.#disk.isOpen(fd)) {
        this.#putOpen(path, fd);
        this.#disk.close(fd);
      }
    }
  }

  #rename(from: BytePath, to: BytePath): void {
    this.#touch(from, true);
    this.#touch(to, true);
    this.#parents(to);
    this.#disk.replace(this.#at(from), this.#at(to));
    const { deeds } = this.#options;
    const { site } = this.#step;
    deeds.remove(site, from);
    this.#touch(to, true);
    this.#put(to);
    if (!this.#disk.look(this.#at(to))?.isDirectory()) return;
    deeds.move(site, from, to);
    for (const [below, { kind }] of this.#disk.entriesBelow(this.#at(to), () => false))
      if (kind === 'file') this.#put(`${to}/${below}`);
  }

  #remove(path: BytePath): void {
    this.#touch(path);
    this.#disk.remove(this.#at(path));
    this.#options.deeds.remove(this.#step.site, path);
  }

  #removeAll(path: BytePath): void {
    this.#touch(path, true);
    if (!this.#disk.look(this.#at(path))?.isDirectory()) return;
    this.#options.deeds.remove(this.#step.site, path);
    this.#disk.removeAll(this.#at(path));
  }

  #flip(path: BytePath): void {
    const text = `step ${this.#step.id} of ${this.#options.seed} turned it\n`;
    if (this.#disk.look(this.#at(path))?.isDirectory()) {
      this.#removeAll(path);
      return this.#write(path, Buffer.from(text), 'truncate');
    }
    this.#remove(path);
    this.#write(`${path}/in it.txt`, Buffer.from(text), 'truncate');
  }
}
