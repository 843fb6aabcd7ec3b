import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import type { Deeds } from './deeds.ts';
import { remount, type Settings, type Star } from './network.ts';
import { type Running, signalAll } from './processes.ts';
import type { SiteName } from './star.ts';
import type { FaultStep, PutBack } from './step.ts';

export interface FaultsOptions {
  star: Star;
  deeds: Deeds;
  /** A directory for copies of databases and trees. */
  copies: string;
  settings: Settings;
  say: (line: string) => void;
  /** Called when the tree of a site was restored with its archive: what only that archive held is gone. */
  onTreeBack: (site: SiteName) => void;
}

/** Injects faults and heals them. Faults that are impossible on this machine are reported once and skipped. */
export class Faults {
  private readonly star: Star;
  private readonly deeds: Deeds;
  private readonly copies: string;
  private readonly say: (line: string) => void;
  private readonly onTreeBack: (site: SiteName) => void;
  private readonly said = new Set<string>();
  private readonly stopped: Running[] = [];
  /** Complete copies. Another fault may kill the rsync that makes one, and nobody restores half a backup. */
  private readonly copied = new Set<string>();
  settings: Settings;

  constructor({ star, deeds, copies, settings, say, onTreeBack }: FaultsOptions) {
    this.star = star;
    this.deeds = deeds;
    this.copies = copies;
    this.settings = settings;
    this.say = say;
    this.onTreeBack = onTreeBack;
  }

  /** Resolves when the fault is over. */
  async do(step: FaultStep): Promise<void> {
    const { site } = step;
    switch (step.fault) {
      case 'kill':
        return signalAll(this.some(site, step.process), 'SIGKILL');
      case 'stop':
        return this.stop(this.some(site, step.process), step.ms);
      case 'link': {
        const link = this.star.links.get(step.edge)!;
        link.break(step.how);
        await pause(step.ms);
        return link.heal();
      }
      case 'diskFull':
        return this.disk(site, 'full', step.ms);
      case 'readOnly':
        return this.disk(site, 'readOnly', step.ms);
      case 'away':
        return this.without(site, () => pause(step.ms));
      case 'crash':
        return this.crash(step.ms);
      case 'copy':
        return this.copy(site, step.what);
      case 'putBack':
        return this.putBack(site, step.what, step.ms);
      case 'apply':
        this.settings = { ignore: step.ignore, keep: step.keep };
        return this.star.apply(this.settings);
    }
  }

  /** Heals whatever is still broken: afterwards everything must settle. */
  async healAll(): Promise<void> {
    for (const link of this.star.links.values()) link.heal();
    signalAll(this.stopped.splice(0), 'SIGCONT');
    for (const disk of this.star.disks.values()) await remount(disk, 'ok');
    this.settings = { ...this.settings, ignore: [] };
    await this.star.apply(this.settings);
  }

  private some(site: SiteName, kind: Running['kind']): Running[] {
    return this.star.processes().filter((one) => one.site === site && one.kind === kind);
  }

  private async stop(processes: Running[], ms: number): Promise<void> {
    signalAll(processes, 'SIGSTOP');
    this.stopped.push(...processes);
    await pause(ms);
    signalAll(processes, 'SIGCONT');
  }

  private async disk(site: SiteName, how: 'full' | 'readOnly', ms: number): Promise<void> {
    const disk = this.star.disks.get(site);
    if (!disk) return this.skip('disks that are full or read-only: they need root, and a mount');
    if (!(await remount(disk, how))) return this.skip(`a disk could not be made ${how}: somebody was writing`);
    await pause(ms);
    await remount(disk, 'ok');
  }

  /** Keeps all processes of a site down while `during` runs, by stopping their supervisor; the other sites continue. */
  private async without(site: SiteName, during: () => Promise<void>): Promise<void> {
    const supervisor = this.star.processes().filter(({ kind }) => kind === 'supervisor');
    signalAll(supervisor, 'SIGSTOP');
    this.stopped.push(...supervisor);
    for (let own = this.ownOf(site); own.length > 0; own = this.ownOf(site)) {
      signalAll(own, 'SIGKILL');
      await pause(50);
    }
    try {
      await during();
    } finally {
      signalAll(supervisor, 'SIGCONT');
    }
  }

  private ownOf(site: SiteName): Running[] {
    return this.star.processes().filter((one) => one.site === site);
  }

  private async crash(ms: number): Promise<void> {
    signalAll(
      this.star.processes().filter(({ kind }) => kind === 'supervisor'),
      'SIGKILL',
    );
    await pause(ms);
    await this.star.apply(this.settings);
  }

  /** A copy as a power failure would leave it: the database recovers from it. */
  private async copy(site: SiteName, what: PutBack): Promise<void> {
    this.copied.delete(`${site} ${what}`);
    const processes = [...this.some(site, 'database'), ...this.some(site, 'agent')];
    signalAll(processes, 'SIGSTOP');
    this.stopped.push(...processes);
    try {
      for (const [name, folder] of this.partsOf(site, what))
        await copyOver(folder, join(this.copies, site, what, name));
      this.copied.add(`${site} ${what}`);
    } finally {
      signalAll(processes, 'SIGCONT');
    }
  }

  private async putBack(site: SiteName, what: PutBack, ms: number): Promise<void> {
    if (!this.copied.has(`${site} ${what}`)) return this.skip('a copy that was interrupted is not put back');
    await this.without(site, async () => {
      this.deeds.touch(site, '', Date.now(), true);
      for (const [name, folder] of this.partsOf(site, what))
        await copyOver(join(this.copies, site, what, name), folder);
      if (what !== 'database') this.onTreeBack(site);
      this.deeds.touch(site, '', Date.now(), true);
      await pause(ms);
    });
  }

  private partsOf(site: SiteName, what: PutBack): [string, string][] {
    const parts: Record<Exclude<PutBack, 'all'>, string> = {
      database: this.star.dir(site).state,
      tree: this.star.rootOf(site),
    };
    return what === 'all' ? Object.entries(parts) : [[what, parts[what]]];
  }

  private skip(what: string): void {
    if (!this.said.has(what)) this.say(`left out: ${what}`);
    this.said.add(what);
  }
}

/** Makes `to` equal to `from`, whatever the times of its files. */
async function copyOver(from: string, to: string): Promise<void> {
  mkdirSync(to, { recursive: true });
  // 24: a file vanished during the copy, as in any backup of a live system.
  const { exitCode } = await execa('rsync', ['-aH', '--delete', '--ignore-times', `${from}/`, `${to}/`], {
    reject: false,
  });
  if (exitCode !== 0 && exitCode !== 24) throw new Error(`rsync from ${from} to ${to} ended with code ${exitCode}`);
}
