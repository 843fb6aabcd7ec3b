import { existsSync, readdirSync } from 'node:fs';
import { z } from 'zod';
import { readIfThere, writeIfChanged } from '../base/files.ts';
import { InvalidInput } from '../base/invalid-input.ts';
import type { SitePlan } from '../topology/site-plan.ts';
import type { DataDir } from './data-dir.ts';

/** What the databases of a network run. */
export const Engine = z.enum(['mariadb', 'mysql']);

/** What a data folder says about itself. */
const Network = z.object({
  /** The sync network: the namespace of its resources. */
  network: z.string(),
  /** The CA's public key, which identifies the network: another key means other data. */
  ca: z.string(),
  engine: Engine.default('mariadb'),
  /** Its site joined this network with a bundle: the plan comes from there, not from files. */
  joined: z.boolean().optional(),
  /** The current sites, sorted. The data of removed ones stays in the folder. */
  sites: z.array(z.string()),
});
export type Network = z.infer<typeof Network>;

export const toJson = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** The network whose data this folder holds, or undefined when it holds none yet. */
export function readNetwork(dir: DataDir): Network | undefined {
  const text = readIfThere(dir.network);
  if (text === undefined) return undefined;
  try {
    return Network.parse(JSON.parse(text));
  } catch {
    const remedy = 'Restore it from a backup, or specify another folder with --data';
    throw new InvalidInput([{ file: dir.network, reason: 'is corrupt', remedy }]);
  }
}

export function writeNetwork(dir: DataDir, network: Network): void {
  writeIfChanged(dir.network, toJson(network), 0o644);
}

/** Throws unless this directory is empty or holds data of the network of these plans. Changes nothing. */
export function checkNetwork(dir: DataDir, plans: SitePlan[]): void {
  const present = readNetwork(dir);
  const wanted = plans[0]?.network ?? '';
  if (present && present.network !== wanted) {
    const reason = `contains the data of the network "${present.network}", not of "${wanted}"`;
    throw new InvalidInput([{ file: dir.root, reason, remedy: 'Specify another folder with --data' }]);
  }
  if (present?.joined) {
    const reason = `contains the site "${present.sites.join()}", which joined with a bundle`;
    const remedy = 'Start it with "sitesync join", or specify another folder with --data';
    throw new InvalidInput([{ file: dir.root, reason, remedy }]);
  }
  const engine = plans[0]?.engine;
  if (present && present.engine !== engine) {
    const reason = `uses ${present.engine}, and its databases cannot be converted to ${engine}`;
    const remedy = `Omit --engine, or specify another folder with --data: its sites will adopt the files`;
    throw new InvalidInput([{ file: dir.root, reason, remedy }]);
  }
  if (!present && existsSync(dir.root) && readdirSync(dir.root).some((name) => !OWN_FILES.test(name))) {
    const reason = 'contains files that do not belong to SiteSync';
    throw new InvalidInput([{ file: dir.root, reason, remedy: 'Specify an empty or new folder with --data' }]);
  }
  const ca = readIfThere(`${dir.ca}/ca.pub`);
  if (present && ca !== undefined && ca.trim() !== present.ca) {
    const reason = 'has keys of another network: its CA has changed';
    throw new InvalidInput([
      { file: dir.root, reason, remedy: 'Restore its folder "ca", or specify another folder with --data' },
    ]);
  }
}

/** What an interrupted start may leave behind before the network's file is written. */
export const OWN_FILES = /^(supervisor\.|ports\.json|joined\.json|newest\.bundle|incoming$|ca$|sites$)/;
