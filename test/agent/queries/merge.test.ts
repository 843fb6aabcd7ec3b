import { expect, test } from 'vitest';
import type { LogEntry } from '../../../src/agent/queries/log.ts';
import { mergeLogs } from '../../../src/agent/queries/merge-log.ts';
import { mergeWhy } from '../../../src/agent/queries/merge-why.ts';
import type { Why } from '../../../src/agent/queries/why.ts';

const head = (version: string, detectedAt: string) => ({
  version,
  kind: 'file',
  size: 1,
  origin: 'brazil',
  detectedAt,
});
const has = (site: string): Why['sites'][number] => ({ site, state: 'has', next: '' });
const waits = (site: string): Why['sites'][number] => ({ site, state: 'waiting', next: '' });

test("each site's own answer counts for itself", () => {
  const combined = mergeWhy([
    {
      site: 'brazil',
      answer: { path: 'a', head: head('brazil.2', '2026-01-02'), sites: [has('brazil'), waits('spain')] },
    },
    {
      site: 'spain',
      answer: { path: 'a', head: head('brazil.2', '2026-01-02'), sites: [has('brazil'), has('spain')] },
    },
  ]);
  expect(combined?.sites.map((s) => s.state)).toEqual(['has', 'has']);
});

test('a site that knows only an older version waits for the rows', () => {
  const combined = mergeWhy([
    {
      site: 'spain',
      answer: { path: 'a', head: head('brazil.1', '2026-01-01'), sites: [has('brazil'), has('spain')] },
    },
    {
      site: 'brazil',
      answer: { path: 'a', head: head('brazil.2', '2026-01-02'), sites: [has('brazil'), waits('spain')] },
    },
  ]);
  expect(combined?.head.version).toBe('brazil.2');
  expect(combined?.sites[1]).toMatchObject({ state: 'waiting', next: expect.stringContaining('brazil.1') });
});

test('a site that does not answer is shown as the others know it: complete, or unreachable', () => {
  const sites = [has('brazil'), waits('spain'), has('germany')];
  const combined = mergeWhy([
    { site: 'brazil', answer: { path: 'a', head: head('brazil.2', '2026-01-02'), sites } },
    { site: 'spain', error: new Error('off'), unknownThere: false },
    { site: 'germany', error: new Error('off'), unknownThere: false },
  ]);
  expect(combined?.sites.map((s) => s.state)).toEqual(['has', 'not reachable', 'has']);
  expect(combined?.sites[1]?.error).toBe('off');
});

test('a site that answers but has not heard of the file waits for the rows', () => {
  const sites = [has('brazil'), waits('spain')];
  const combined = mergeWhy([
    { site: 'brazil', answer: { path: 'a', head: head('brazil.2', '2026-01-02'), sites } },
    { site: 'spain', error: new Error('no version of this path is known at spain'), unknownThere: true },
  ]);
  expect(combined?.sites[1]).toMatchObject({
    state: 'waiting',
    next: expect.stringContaining('does not know of this file'),
  });
  expect(combined?.sites[1]).not.toHaveProperty('error');
});

test('nobody knows the file', () => {
  expect(mergeWhy([{ site: 'spain', error: new Error('unknown'), unknownThere: true }])).toBeUndefined();
});

test('a version is listed wherever a site keeps it, and newer ones come first', () => {
  const entry = (version: string, keptHere: boolean): LogEntry => ({
    version,
    kind: 'file',
    size: 1,
    mtime: '',
    sha256: null,
    origin: 'brazil',
    detectedAt: '',
    head: false,
    base: null,
    keptHere,
  });
  const combined = mergeLogs([
    { site: 'brazil', versions: [entry('brazil.2', true), entry('brazil.1', false)] },
    { site: 'spain', versions: [entry('brazil.3', true)] },
    { site: 'germany', versions: [entry('brazil.2', true), entry('brazil.1', true)] },
  ]);
  expect(combined.map(({ version, keptAt }) => [version, keptAt.join(' ')])).toEqual([
    ['brazil.3', 'spain'],
    ['brazil.2', 'brazil germany'],
    ['brazil.1', 'germany'],
  ]);
});
