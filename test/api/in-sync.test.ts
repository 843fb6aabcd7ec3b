import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FolderFacts, folderNotInSync, judgeSync } from '../../src/api/in-sync.ts';
import { problem, sentenceOf } from '../../src/problems/problem.ts';

const none = { count: 0, first: [] };
const calm: FolderFacts = {
  current: true,
  passed: true,
  overdue: false,
  waiting: none,
  reading: none,
  handling: false,
  owed: false,
  unreadable: none,
  refused: none,
  damaged: 0,
  undecided: false,
  held: 0,
  missing: 0,
  intents: 0,
};
const some = { count: 1, first: ['"a"'] };
/** Each alone is sufficient. */
const doubts: [string, Partial<FolderFacts>][] = [
  ['its disk is away', { error: problem('markerGone', { folder: 'projects', root: '/srv' }) }],
  ['its thread does not answer', { current: false }],
  ['no pass has seen it', { passed: false }],
  ['its pass is late', { overdue: true }],
  ['a hint was not followed', { waiting: some }],
  ['a large file is being read', { reading: some }],
  ['findings are being taken in', { handling: true }],
  ['hints were lost', { owed: true }],
  ['directories are not watched', { degraded: problem('tooFewWatches') }],
  ['something cannot be read', { unreadable: { count: 1, first: [problem('noPermission', { path: 'a' })] } }],
  ['the database refuses a row', { refused: some }],
  ['a file is damaged', { damaged: 1 }],
  ['the brake has not decided', { undecided: true }],
  ['changes are held', { held: 1 }],
  ['a head is missing', { missing: 1 }],
  ['an intent is open', { intents: 1 }],
];
const at = (folder: FolderFacts) => ({ connected: true, filesBehind: 0, folders: new Map([['projects', folder]]) });

describe('a folder', () => {
  it('is in sync when everything about it is known and well', () => {
    expect(judgeSync(at(calm))).toEqual({ inSync: true, notInSync: [] });
  });

  it.each(doubts)('is not in sync when %s, and says so', (_what, doubt) => {
    const verdict = judgeSync(at({ ...calm, ...doubt }));
    expect(verdict.inSync).toBe(false);
    expect(verdict.notInSync).toHaveLength(1);
    expect(sentenceOf(verdict.notInSync[0]!, 'brazil')).not.toMatch(/[{}]|undefined/);
  });

  it('names the first paths and counts the others', () => {
    const unreadable = { count: 70, first: ['a', 'b', 'c', 'd'].map((path) => problem('noPermission', { path })) };
    expect(folderNotInSync('projects', { ...calm, unreadable })).toEqual([
      { code: 'pathsUnreadable', params: { folder: 'projects', count: 70, names: '"a", "b", "c", …' } },
    ]);
  });

  it('any doubt about any folder outweighs everything else', () => {
    const one = fc
      .subarray(doubts)
      .map((picked) => Object.assign({ ...calm }, ...picked.map(([, doubt]) => doubt)) as FolderFacts);
    fc.assert(
      fc.property(fc.array(one), (folders) => {
        const facts = {
          connected: true,
          filesBehind: 0,
          folders: new Map(folders.map((folder, i) => [`f${i}`, folder])),
        };
        const isCalm = folders.every((folder) => JSON.stringify(folder) === JSON.stringify(calm));
        expect(judgeSync(facts).inSync).toBe(isCalm);
      }),
      { verbose: true },
    );
  });
});

describe('a site', () => {
  it('is in sync only as far as the others know, too', () => {
    const said = { inSync: true };
    expect(judgeSync({ connected: true, said, filesBehind: 0 }).inSync).toBe(true);
    expect(judgeSync({ connected: false, said, filesBehind: 0 }).inSync).toBe(false);
    expect(judgeSync({ connected: true, said, filesBehind: 1 }).inSync).toBe(false);
    expect(judgeSync({ connected: true, said, filesBehind: 0, gaps: ['brazil'] }).inSync).toBe(false);
    expect(judgeSync({ connected: true, opening: true, filesBehind: 0 }).inSync).toBe(false);
  });

  it('is not in sync if it says so itself, with its reasons', () => {
    const said = { inSync: false, notInSync: [problem('folderHeld', { folder: 'projects', count: 3 })] };
    expect(judgeSync({ connected: true, said, filesBehind: 0 })).toEqual(said);
    // Older agents give no reasons.
    expect(judgeSync({ connected: true, said: { inSync: false }, filesBehind: 0 })).toEqual({
      inSync: false,
      notInSync: [problem('foldersScanned')],
    });
  });
});
