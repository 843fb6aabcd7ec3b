import type { Deeds } from './deeds.ts';
import type { Owed } from './ledger.ts';
import type { Edge } from './star.ts';
import type { Lie } from './status-watch.ts';

/** A row of a journal. */
export interface JournalRow {
  origin: string;
  seq: number;
  path: string;
  kind: 'file' | 'dir' | 'symlink' | 'deleted';
  /** In hex; files only. */
  sha256?: string;
  /** `origin.seq` of the version that it was made from. */
  base?: string;
  /** It resolves edits that lost. */
  merges: boolean;
  /** The rest of the row, for debugging. */
  more: string;
}

/** Everything known about a network that was left alone after its last fault. */
export interface Evidence {
  /** How long it took to settle after the last fault was healed, in ms; undefined on time-out. */
  restMs: number | undefined;
  restLimitMs: number;
  /** Why `status` does not say in sync. */
  missing: string[];
  /** Paths at which the trees differ, with what is at each site. */
  differing: ReadonlyMap<string, Record<string, string>>;
  lies: Lie[];
  owed: Owed[];
  /** Hashes of all contents in trees, and of those in archives whose bytes match their name. */
  findable: ReadonlySet<string>;
  /** Archive files, as `site: name`, whose bytes do not match their hash. */
  rotten: string[];
  /** Archive files that share an inode with a file of the tree. */
  shared: string[];
  /** What is left in staging, as `site: name`. */
  staged: string[];
  versions: JournalRow[];
  deeds: Deeds;
  /** By origin: a digest of its journal according to each database. */
  journals: ReadonlyMap<string, Record<string, string>>;
  /** Processes that exited without being killed, according to the supervisor. */
  ended: string[];
  traffic: { edge: Edge; bytes: number; budget: number }[];
  /** Contents that a site got again although nothing had been interrupted, where the driver can tell. */
  sentTwice: string[];
}

export interface Invariant {
  name: string;
  /** What SiteSync promises. */
  promise: string;
  /** What contradicts it, one line per finding. Pure. */
  violations(evidence: Evidence): string[];
}

/**
 * What must hold whatever people do and whatever breaks. One list for every random driver of a network, which gathers its
 * own {@link Evidence}.
 */
export const INVARIANTS: Invariant[] = [
  {
    name: 'nothing lost',
    promise:
      'A content that stood still in a tree for two seconds, and that SiteSync replaced or removed there, can be found at some site: as a file, a conflict copy or in an archive. So can what a program wrote late into a file that it had open.',
    violations: ({ owed, findable }) =>
      owed
        .filter(({ sha256 }) => !findable.has(sha256))
        .map(
          ({ sha256, size, site, path, why }) =>
            `${show(path)} at ${site}, ${size} bytes, ${sha256.slice(0, 12)}: ${why}`,
        ),
  },
  {
    name: 'comes to rest',
    promise: 'Three minutes after the last fault all sites are in sync and say so.',
    violations: ({ restMs, restLimitMs, missing }) =>
      restMs === undefined ? [`not at rest after ${restLimitMs / 1000} s`, ...missing] : [],
  },
  {
    name: 'trees equal',
    promise: 'At rest all trees are equal: names, kinds, contents, modes, and times of files.',
    violations: ({ differing }) => [...differing].map(([path, said]) => `${show(path)}: ${perSite(said)}`),
  },
  {
    name: 'status never lies',
    promise: 'The network is never said to be in sync while trees have differed for more than two seconds.',
    violations: ({ lies }) =>
      lies.map(
        ({ path, said, forMs }) => `${show(path)} had differed for ${(forMs / 1000).toFixed(1)} s: ${perSite(said)}`,
      ),
  },
  {
    name: 'no version nobody made',
    promise:
      'Each version of a file in a journal has a content that a person of that office put at that path, or into a directory that was moved there; each deletion was done by a person of that office; a conflict copy in the name of an office has what somebody there had saved.',
    violations({ versions, deeds }) {
      const byId = new Map(versions.map((row) => [`${row.origin}.${row.seq}`, row]));
      return versions.filter((row) => !settles(row, byId)).flatMap((row) => unmade(row, deeds) ?? []);
    },
  },
  {
    name: 'archives are true',
    promise: 'A file of an archive has the bytes of its hash, and is no other name of a file that people can write.',
    violations: ({ rotten, shared }) => [
      ...rotten.map((one) => `${one} has other bytes`),
      ...shared.map((one) => `${one} is also in the tree`),
    ],
  },
  {
    name: 'nothing left in staging',
    promise: 'At rest nothing is left half done.',
    violations: ({ staged, restMs }) => (restMs === undefined ? [] : staged),
  },
  {
    name: 'databases agree',
    promise: 'At rest every database has the same journal of each site.',
    violations: ({ journals, restMs }) =>
      restMs === undefined
        ? []
        : [...journals].flatMap(([origin, said]) =>
            new Set(Object.values(said)).size > 1 ? [`the journal of ${origin}: ${perSite(said)}`] : [],
          ),
  },
  {
    name: 'agents live',
    promise: 'No agent ends by itself, whatever happens to what it works with.',
    violations: ({ ended }) => ended,
  },
  {
    name: 'nothing sent twice',
    promise: 'A link carries each content once, apart from what a kill or a cut interrupted.',
    violations: ({ traffic, sentTwice }) => [
      ...traffic
        .filter(({ bytes, budget }) => bytes > budget)
        .map(({ edge, bytes, budget }) => `${edge}: ${megabytes(bytes)} of at most ${megabytes(budget)}`),
      ...sentTwice,
    ],
  },
];

/** Violations by the name of the invariant. */
export type Violations = Map<string, string[]>;

/** Pure. */
export function judge(evidence: Evidence): Violations {
  const found = INVARIANTS.map(({ name, violations }) => [name, violations(evidence)] as const);
  return new Map(found.filter(([, list]) => list.length > 0));
}

const CONFLICT = /^(.*) \(conflict ([a-z0-9-]+) \d{4}-\d\d-\d\d \d{4}(?: \d+)?\)(\.[^./]*)?$/s;

/** Removing a conflict copy resolves that conflict: the office restates the winner. */
function settles({ kind, sha256, base, merges }: JournalRow, byId: ReadonlyMap<string, JournalRow>): boolean {
  const before = base === undefined ? undefined : byId.get(base);
  return merges && before?.kind === kind && before.sha256 === sha256;
}

/** Why nobody made this version; undefined when somebody did. */
function unmade({ origin, seq, path, kind, sha256 }: JournalRow, deeds: Deeds): string | undefined {
  const id = `${origin}.${seq}`;
  const site = origin as Parameters<Deeds['explains']>[0];
  if (kind === 'deleted')
    return deeds.explainsRemoval(site, path) ? undefined : `${id}: nobody at ${origin} deleted ${show(path)}`;
  if (kind !== 'file' || sha256 === undefined || deeds.explains(site, path, sha256)) return undefined;
  const [, stem, office, extension = ''] = CONFLICT.exec(path) ?? [];
  if (office === origin && deeds.explains(site, stem + extension, sha256)) return undefined;
  const what = deeds.isContent(sha256) ? 'content of another place' : 'content that nobody wrote';
  return `${id}: nobody at ${origin} put this into ${show(path)}: ${what}, ${sha256.slice(0, 12)}`;
}

/** As quoted UTF-8, because names may contain line breaks. */
const show = (path: string) => JSON.stringify(Buffer.from(path, 'latin1').toString());
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** Groups sites that say the same. */
function perSite(said: Record<string, string>): string {
  const groups = new Map<string, string[]>();
  for (const [site, what] of Object.entries(said)) groups.set(what, [...(groups.get(what) ?? []), site]);
  return [...groups].map(([what, sites]) => `${sites.join(' ')}: ${what}`).join('; ');
}
