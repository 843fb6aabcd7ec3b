import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { readIfThere, writeIfChanged } from '../../base/files.ts';
import { InvalidInput } from '../../base/invalid-input.ts';
import type { Bundle } from '../../bundle/bundle.ts';
import { parseCertificate } from '../../pki/certificate.ts';
import type { DataDir } from '../data-dir.ts';
import { toJson } from '../network-file.ts';

/**
 * Which machine a site is. Two machines that write the history of one site would fork it, so a key serves only the first
 * machine that uses it: a second one is rejected until the site gets another key.
 */
const Joined = z.object({
  /** Of this data folder. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  /** A mark of the machine that created it: a copy of the folder on another machine is not this site. */
  machine: z.string(),
  /** Mark of the key with which a hub has admitted this machine. */
  admitted: z.string().optional(),
});
export type Joined = z.infer<typeof Joined>;

/**
 * The identity of this data folder; a new one when it has none. Throws {@link InvalidInput} when it is a copy from another
 * machine.
 */
export function readJoined(data: DataDir): Joined {
  const text = readIfThere(data.joined);
  const machine = machineMark();
  if (text === undefined) return { id: randomBytes(8).toString('hex'), machine };
  let joined: Joined;
  try {
    joined = Joined.parse(JSON.parse(text));
  } catch {
    const remedy = 'Restore it from a backup, or delete it and join with a new bundle (sitesync bundle --revoke)';
    throw new InvalidInput([{ file: data.joined, reason: 'is corrupt', remedy }]);
  }
  return joined;
}

export const writeJoined = (data: DataDir, joined: Joined) => writeIfChanged(data.joined, toJson(joined), 0o600);

/** Whether this folder was created on another machine, and then copied or moved. */
export const isFromOtherMachine = ({ machine }: Joined) => machine !== machineMark();

/** The same data folder on this machine: only with another key, which shuts out the previous machine. */
export const movedHere = ({ admitted: _admitted }: Joined): Joined => ({
  id: randomBytes(8).toString('hex'),
  machine: machineMark(),
});

function machineMark(): string {
  const id = readIfThere('/etc/machine-id')?.trim() ?? '';
  return createHash('sha256').update(`sitesync\0${id}`).digest('hex').slice(0, 16);
}

/** Distinguishes the keys of a site. */
export function keyMark({ files }: Bundle): string {
  const key = parseCertificate(files['user_key-cert.pub'])?.publicKey ?? Buffer.from(files.user_key);
  return createHash('sha256').update(key).digest('hex').slice(0, 12);
}

/** What the site's heartbeat says about its machine. */
export const instanceOf = (bundle: Bundle, { id }: Joined) => `${keyMark(bundle)}.${id}`;

/**
 * Whether another machine is the site, judging by what a hub last heard. With another key it is free: the old one was
 * revoked, and its holder does not come back. Pure.
 */
export function isTaken(own: string, heard: string | undefined): boolean {
  if (heard === undefined || heard === own) return false;
  return heard.split('.')[0] === own.split('.')[0];
}
