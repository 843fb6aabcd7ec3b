/**
 * What file servers and operating systems keep in a share for themselves, under names that no person gives: it belongs to
 * the disk or the machine that it is on, and much of it cannot be read by an ordinary user, or would bring back what was
 * deleted. docs/file-server.md lists them with their makers.
 */
export const BUILT_IN_IGNORE = [
  'lost+found',
  '.snapshot',
  '.snapshots',
  '~snapshot',
  '#snapshot',
  '.zfs',
  '.snap',
  '#recycle',
  '@Recycle',
  '.recycle',
  '$RECYCLE.BIN',
  '$Recycle.Bin',
  'RECYCLER',
  'System Volume Information',
  '.Trash-[0-9]*',
  '.Trashes',
  '@eaDir',
  '.@__thumb',
  '@Recently-Snapshot',
  '.Spotlight-V100',
  '.fseventsd',
  '.DocumentRevisions-V100',
  '.TemporaryItems',
  '.nfs[0-9a-f]*',
  '.fuse_hidden[0-9a-f]*',
];

const BUILT_IN: ReadonlySet<string> = new Set(BUILT_IN_IGNORE);

/**
 * The patterns of a folder: its own, and those of {@link BUILT_IN_IGNORE} that it does not take back. `!NAME` takes back a
 * pattern of that list, written as it is there; any other pattern that begins with "!" is one like the rest. Pure.
 */
export function ignoredPatterns(own: string[]): string[] {
  const taken = new Set(own.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1)));
  const ownPatterns = own.filter((pattern) => !(pattern.startsWith('!') && BUILT_IN.has(pattern.slice(1))));
  return [...new Set([...BUILT_IN_IGNORE.filter((pattern) => !taken.has(pattern)), ...ownPatterns])];
}
