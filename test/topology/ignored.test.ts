import { expect, it } from 'vitest';
import { createIgnore, ignoresPath } from '../../src/agent/fs/ignore.ts';
import { BUILT_IN_IGNORE, ignoredPatterns } from '../../src/topology/ignored.ts';

const ignores = (own: string[], path: string) => ignoresPath(createIgnore(ignoredPatterns(own)), path);

it('what servers and systems keep for themselves is not synced, at any depth', () => {
  const plain = BUILT_IN_IGNORE.filter((pattern) => !pattern.includes('['));
  for (const name of [...plain, '.Trash-1000', '.nfs00000000018e0a3300000005', '.fuse_hidden0000000500000001'])
    for (const path of [name, `sub/${name}`, `${name}/deep/file`]) expect(ignores([], path), path).toBe(true);
  for (const path of [
    'lost and found',
    'found/lost',
    'recycle',
    'snapshot',
    'eaDir',
    '.nfs',
    'x.snapshot',
    '.Trash',
    'Trash-1',
  ])
    expect(ignores([], path), path).toBe(false);
});

it('a folder takes back one of them; its own patterns stay as they are', () => {
  expect(ignores(['!@eaDir', '*.tmp'], '@eaDir/x')).toBe(false);
  expect(ignores(['!@eaDir', '*.tmp'], 'lost+found')).toBe(true);
  expect(ignores(['!@eaDir', '*.tmp'], 'a.tmp')).toBe(true);
  expect(ignores(['!.nfs[0-9a-f]*'], '.nfs01')).toBe(false);
  // As before: a name that begins with "!".
  expect(ignores(['!important'], '!important')).toBe(true);
  expect(ignores(['!important'], 'important')).toBe(false);
});
