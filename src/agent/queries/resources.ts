import { X509Certificate } from 'node:crypto';
import type { RowDataPacket } from 'mysql2/promise';
import { readIfThere } from '../../base/files.ts';
import { createMemo } from '../../base/memo.ts';
import { readIdentity } from '../../pki/keys.ts';
import type { Room } from '../fs/disk.ts';
import type { Links } from '../link/links.ts';
import type { SiteView } from '../site/site.ts';
import { text } from '../store/rows.ts';
import { type Contacts, clockAhead } from './contacts.ts';

/** What a site uses and depends on, besides its status. */
export interface Resources {
  /** Free space by what is stored there: "state" (database), or a folder. Disks that do not answer are absent. */
  disks: Map<string, Room>;
  /** Archived versions by folder. */
  archives: Map<string, { versions: number; bytes: number }>;
  neighbours: Neighbour[];
  /** Unix ms at which certificates in use expire, by what they are for. */
  certificates: Map<'links' | 'page', number>;
}

interface Neighbour {
  name: string;
  /** Whether rows and files can come from it now. */
  connected: boolean;
  /** Since its last heartbeat arrived; absent before the first. */
  silentSeconds?: number;
  /** How far its clock is ahead of this site's; 0 while they differ by less than half a minute. */
  clockAheadSeconds: number;
}

/** Summing up an archive reads all its rows. */
const ARCHIVES_MS = 60_000;

/** Returns a function that gathers the resources of this site. */
export function createResources(site: SiteView, links: Links, contacts: Contacts): () => Promise<Resources> {
  const archives = createMemo<Resources['archives']>(ARCHIVES_MS, site.monotonic);
  return async () => ({
    disks: await disksOf(site),
    archives: await archives.get('', () => sumArchives(site)),
    neighbours: neighboursOf(site, links, contacts),
    certificates: certificatesOf(site),
  });
}

async function disksOf({ disk, dir, folders }: SiteView): Promise<Map<string, Room>> {
  const found = new Map([['state', await disk.room(dir.state)]]);
  for (const [name, folder] of folders)
    if (await folder.answers()) found.set(`folder/${name}`, await disk.room(folder.root));
  return found;
}

async function sumArchives({ store }: SiteView): Promise<Resources['archives']> {
  const [rows] = await store.db.query<RowDataPacket[]>(
    'SELECT folder, COUNT(*) AS versions, SUM(size) AS bytes FROM local.archived GROUP BY folder',
  );
  return new Map(rows.map((row) => [text(row.folder), { versions: Number(row.versions), bytes: Number(row.bytes) }]));
}

function neighboursOf(site: SiteView, links: Links, contacts: Contacts): Neighbour[] {
  const up = new Set(links.peers().map(({ name }) => name));
  return site.plan.links.map(({ peer }) => {
    const contact = contacts.of(peer);
    return {
      name: peer,
      connected: up.has(peer),
      ...(contact && { silentSeconds: Math.max(0, site.monotonic() - contact.seenAt) / 1000 }),
      clockAheadSeconds: clockAhead(contact) / 1000,
    };
  });
}

/** What cannot be read is absent; the agent reports it as a problem where it needs it. */
function certificatesOf({ plan, dir, log }: SiteView): Resources['certificates'] {
  const found: Resources['certificates'] = new Map();
  const note = (kind: 'links' | 'page', read: () => number | undefined) => {
    try {
      const at = read();
      if (at !== undefined) found.set(kind, at);
    } catch (error) {
      log.debug({ err: error, kind }, 'a certificate cannot be read');
    }
  };
  if (plan.links.length > 0) note('links', () => readIdentity(dir.keys).validUntil);
  note('page', () => {
    const pem = readIfThere(dir.page.certificate);
    return pem === undefined ? undefined : Date.parse(new X509Certificate(pem).validTo);
  });
  return found;
}
