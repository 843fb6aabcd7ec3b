import { Counter, Gauge, Registry } from 'prom-client';
import type { Resources } from '../queries/resources.ts';
import type { AgentStatus } from '../queries/status.ts';
import type { FolderVerification } from '../queries/verification.ts';

/** What the gauges show. Without a status the database does not answer: its numbers are unknown, and absent. */
export interface Observed {
  version: string;
  engine: string;
  status?: AgentStatus;
  resources?: Resources;
}

/** The gauges of a site: its status and its resources at one moment. */
export function siteMetrics({ version, engine, status, resources }: Observed): Registry {
  const registry = new Registry();
  const gauge = gaugesIn(registry);
  gauge(
    'sitesync_build_info',
    'Always 1; the labels tell the version and the database engine.',
    ['version', 'engine'],
    [[{ version, engine }, 1]],
  );
  gauge(
    'sitesync_status_known',
    '0 while the database does not answer: the numbers of its status are absent then.',
    [],
    [[{}, Number(status !== undefined)]],
  );
  if (status) statusMetrics(registry, status);
  if (resources) resourceMetrics(registry, resources);
  return registry;
}

type Values = [Record<string, string>, number][];

const gaugesIn = (registry: Registry) => (name: string, help: string, labelNames: string[], values: Values) => {
  const gauge = new Gauge({ name, help, labelNames, registers: [registry] });
  for (const [labels, value] of values) gauge.set(labels, value);
};

function statusMetrics(registry: Registry, status: AgentStatus): void {
  const gauge = gaugesIn(registry);
  const one = (name: string, help: string, value: number) => gauge(name, help, [], [[{}, value]]);
  const folders = Object.entries(status.folders);
  const byFolder = (name: string, help: string, of: (folder: AgentStatus['folders'][string]) => number) =>
    gauge(
      name,
      help,
      ['folder'],
      folders.map(([folder, facts]) => [{ folder }, of(facts)]),
    );
  one('sitesync_connected', '1 while this site receives the state of the network.', Number(status.connected));
  one('sitesync_in_sync', '1 while this site is in sync.', Number(status.inSync));
  one('sitesync_lag_seconds', 'Age of the oldest head that this site is missing.', status.lagSeconds);
  one('sitesync_behind_files', 'Number of heads that this site is missing.', status.filesBehind);
  one('sitesync_behind_bytes', 'Bytes of the heads that this site is missing.', status.bytesBehind);
  one(
    'sitesync_conflicts',
    'Unresolved conflicts: edits made here that lost and are kept as copies.',
    status.conflicts,
  );
  one('sitesync_held', 'Held changes, waiting for approval.', status.held);
  const unreadable = folders.reduce((sum, [, folder]) => sum + folder.unreadable.count, 0);
  one('sitesync_unreadable_paths', 'Paths that cannot be read.', unreadable);
  one('sitesync_damaged', 'Damaged files that have not been repaired yet.', status.damaged);
  byFolder('sitesync_folder_in_sync', '1 while a folder is in sync here.', (folder) => Number(folder.inSync));
  byFolder('sitesync_folder_missing_files', 'Number of heads of a folder that this site is missing.', (f) => f.missing);
  byFolder('sitesync_folder_waiting', 'Changes on this disk that are not in the journal yet.', (f) => f.waiting.count);
  const { detect } = status;
  one('sitesync_tree_files', 'Files in all folders at the last scan.', detect.files);
  one('sitesync_watched_directories', 'Directories whose changes the kernel announces.', detect.watchedDirectories);
  one(
    'sitesync_watch_degraded',
    '1 while some changes are found by scans only.',
    Number(detect.watching === 'degraded'),
  );
  one(
    'sitesync_scan_seconds',
    'How long the last scan of a folder took, of the slowest folder.',
    detect.lastPassMs / 1000,
  );
  if (detect.lastPassAt !== null)
    one('sitesync_scanned_timestamp_seconds', 'Time of the last scan.', Date.parse(detect.lastPassAt) / 1000);
  new Counter({
    name: 'sitesync_rows_repaired_total',
    help: "Journal rows that differed from a neighbour's and were copied again.",
    registers: [registry],
  }).inc(status.rowsRepaired);
  verificationMetrics(registry, status.verification);
}

function verificationMetrics(registry: Registry, folders: FolderVerification[]): void {
  gaugesIn(registry)(
    'sitesync_verified_timestamp_seconds',
    'Time at which a folder was last fully verified; absent before the first time.',
    ['folder'],
    folders.flatMap(
      ({ folder, verifiedAt }): Values => (verifiedAt === null ? [] : [[{ folder }, Date.parse(verifiedAt) / 1000]]),
    ),
  );
  const found = new Counter({
    name: 'sitesync_damage_total',
    help: 'Files and archived versions found damaged, including repaired ones.',
    labelNames: ['folder'] as const,
    registers: [registry],
  });
  for (const one of folders) found.inc({ folder: one.folder }, one.found);
}

function resourceMetrics(registry: Registry, { disks, archives, neighbours, certificates }: Resources): void {
  const gauge = gaugesIn(registry);
  const ofDisks = (name: string, help: string, of: (room: { free: number; size: number }) => number) =>
    gauge(
      name,
      help,
      ['disk'],
      [...disks].map(([disk, room]) => [{ disk }, of(room)]),
    );
  const where = 'of the disk with the database ("state") or a folder ("folder/NAME").';
  ofDisks('sitesync_disk_free_bytes', `Free space ${where}`, ({ free }) => free);
  ofDisks('sitesync_disk_size_bytes', `Size ${where}`, ({ size }) => size);
  gauge(
    'sitesync_disk_free_inodes',
    `Free inodes ${where} Absent where their number is not limited.`,
    ['disk'],
    [...disks].flatMap(([disk, { inodes }]): Values => (inodes ? [[{ disk }, inodes.free]] : [])),
  );
  const ofArchives = (name: string, help: string, of: (sum: { versions: number; bytes: number }) => number) =>
    gauge(
      name,
      help,
      ['folder'],
      [...archives].map(([folder, sum]) => [{ folder }, of(sum)]),
    );
  ofArchives('sitesync_archive_bytes', 'Size of the archived versions of a folder.', ({ bytes }) => bytes);
  ofArchives('sitesync_archive_versions', 'Archived versions of a folder.', ({ versions }) => versions);
  const ofNeighbours = (name: string, help: string, of: (one: Resources['neighbours'][number]) => number | undefined) =>
    gauge(
      name,
      help,
      ['peer'],
      neighbours.flatMap((one): Values => {
        const value = of(one);
        return value === undefined ? [] : [[{ peer: one.name }, value]];
      }),
    );
  ofNeighbours('sitesync_peer_connected', '1 while rows and files can come from a neighbour.', (one) =>
    Number(one.connected),
  );
  ofNeighbours(
    'sitesync_peer_silent_seconds',
    'Time since the last heartbeat of a neighbour arrived; absent before the first.',
    (one) => one.silentSeconds,
  );
  ofNeighbours(
    'sitesync_peer_clock_ahead_seconds',
    "How far a neighbour's clock is ahead; 0 while they differ by less than half a minute.",
    (one) => one.clockAheadSeconds,
  );
  gauge(
    'sitesync_certificate_expiry_timestamp_seconds',
    'Expiry of a certificate in use: of the links, or of the page where it has its own.',
    ['kind'],
    [...certificates].map(([kind, at]) => [{ kind }, at / 1000]),
  );
}
