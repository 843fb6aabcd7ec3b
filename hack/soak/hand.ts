import { fstatSync, lstatSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { bytePath } from '../../src/base/bytes.ts';
import { entriesOf, sha256, unlessGone } from '../../test/support/tree.ts';
import type { Deeds } from './deeds.ts';
import type { SiteName } from './star.ts';

export interface PeopleOptions {
  seed: number;
  deeds: Deeds;
  rootOf(site: SiteName): string;
  /** A person wrote to a file that was open all the time, and whose name has since gone to another file. */
  onLateSave(site: SiteName, path: string, sha256: string, size: number, openedAt: number): void;
}

/** One person at one site during one step: knows the paths that the step touches, and checks them again when it is over. */
export class Hand {
  readonly options: PeopleOptions;
  readonly site: SiteName;
  private readonly touched = new Map<string, { below: boolean; ino?: bigint }>();

  constructor(options: PeopleOptions, site: SiteName) {
    this.options = options;
    this.site = site;
  }

  get deeds(): Deeds {
    return this.options.deeds;
  }

  full(path: string): string {
    return join(this.options.rootOf(this.site), path);
  }

  /** Call it before doing anything to a path; `below` when also to everything in it. */
  touch(path: string, below = false): void {
    const ino = unlessGone(() => lstatSync(this.full(path), { bigint: true }).ino);
    this.touched.set(path, { below, ...(ino !== undefined && { ino }) });
    this.deeds.touch(this.site, bytePath(path), Date.now(), below, ino);
  }

  /** What is at the path now was put there by this person. */
  put(path: string): void {
    const stats = unlessGone(() => lstatSync(this.full(path), { bigint: true }));
    const hash = stats?.isFile() ? unlessGone(() => sha256(readFileSync(this.full(path)))) : undefined;
    if (stats && hash !== undefined) this.deeds.putInode(this.site, bytePath(path), stats.ino, hash);
  }

  /** The same for all files below a directory. */
  putAll(dir: string): void {
    for (const { path, full, stats } of entriesOf(this.full(dir))) {
      const hash = stats.isFile() ? unlessGone(() => sha256(readFileSync(full))) : undefined;
      if (hash !== undefined) this.deeds.putInode(this.site, `${bytePath(dir)}/${path}`, stats.ino, hash);
    }
  }

  /** This person gave the file at the path another name. */
  name(path: string): void {
    const ino = unlessGone(() => lstatSync(this.full(path), { bigint: true }).ino);
    if (ino !== undefined) this.deeds.nameInode(this.site, bytePath(path), ino);
  }

  /** The content of an open file was made by this person. */
  putOpen(path: string, fd: number): string {
    const bytes = Buffer.alloc(fstatSync(fd).size);
    readSync(fd, bytes, 0, bytes.length, 0);
    const hash = sha256(bytes);
    this.deeds.putInode(this.site, bytePath(path), fstatSync(fd, { bigint: true }).ino, hash);
    return hash;
  }

  finish(): void {
    const now = Date.now();
    for (const [path, { below, ino }] of this.touched) this.deeds.touch(this.site, bytePath(path), now, below, ino);
  }
}
