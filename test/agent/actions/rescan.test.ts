import { expect, it } from 'vitest';
import { rescan } from '../../../src/agent/actions/rescan.ts';
import type { OpenFolder } from '../../../src/agent/fs/folder.ts';

const folders = new Map([['projects', {} as OpenFolder]]);

function ask(isDone: boolean): { names: string[]; scanned: string[] } {
  const scanned: string[] = [];
  const detector = { requestPass: async (folder: string) => void scanned.push(folder) };
  const site = { folders, startup: { isDone }, plan: { site: 'germany' } } as unknown as Parameters<typeof rescan>[0];
  return { names: rescan(site, detector), scanned };
}

it('scans every open folder', () => {
  expect(ask(true)).toEqual({ names: ['projects'], scanned: ['projects'] });
});

it('is refused while the agent is starting, so that nobody takes it for done', () => {
  expect(() => ask(false)).toThrow(expect.objectContaining({ status: 503 }));
});
