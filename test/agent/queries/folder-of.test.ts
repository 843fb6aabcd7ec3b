import { expect, test } from 'vitest';
import type { OpenFolder } from '../../../src/agent/fs/folder.ts';
import { folderOf } from '../../../src/agent/queries/folder-of.ts';
import type { SiteContext } from '../../../src/agent/site/site.ts';
import { problem } from '../../../src/problems/problem.ts';

const folder = {} as OpenFolder;
const site = (given: { started: boolean; folders?: string[]; errors?: string[] }) =>
  ({
    plan: { site: 'germany', folders: [{ name: 'projects' }] },
    startup: { isDone: given.started },
    folders: new Map((given.folders ?? []).map((name) => [name, folder])),
    folderErrors: new Map(
      (given.errors ?? []).map((name) => [name, problem('diskSilent', { folder: name, root: '/srv' })]),
    ),
  }) as unknown as SiteContext;

test('an open folder', () => {
  expect(folderOf(site({ started: false, folders: ['projects'] }), 'projects')).toBe(folder);
});

test.each([
  ['the agent is starting', site({ started: false }), 'projects', 503, 'germany is starting'],
  ['the agent is starting: which folders it has is not known', site({ started: false }), 'other', 503, 'is starting'],
  ['a folder of the plan that is not open yet', site({ started: true }), 'projects', 503, 'is starting'],
  [
    'its disk cannot be used',
    site({ started: true, errors: ['projects'] }),
    'projects',
    503,
    'its disk does not respond',
  ],
  ['no folder of this site', site({ started: true }), 'other', 404, 'no folder "other"'],
])('%s', (_case, here, name, status, message) => {
  expect(() => folderOf(here, name)).toThrow(
    expect.objectContaining({ status, message: expect.stringContaining(message) }),
  );
});
