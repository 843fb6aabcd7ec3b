import { describe, expect, it } from 'vitest';
import { finalizationOf } from '../../../src/operator/network/finalize-records.ts';
import {
  type CurrentSite,
  isRecord,
  readRecord,
  recordObject,
  recordState,
} from '../../../src/operator/network/placement-records.ts';

const home = { uid: 'far', namespace: 'acme', server: 'https://far.example' };
const record = { site: 'sydney', siteUid: 's1', networkId: 'n', secret: 'cluster-sydney', home };

it('survives a round trip, and is rejected when corrupt', () => {
  const object = recordObject('acme', record);
  expect(isRecord(object)).toBe(true);
  expect(readRecord(object)).toMatchObject(record);
  expect(readRecord({ ...object, data: {} })).toBeUndefined();
  expect(recordObject('acme', { ...record, home: { ...home, uid: 'other' } }).metadata.name).not.toBe(
    object.metadata.name,
  );
});

describe('judge', () => {
  const now = (placement?: CurrentSite['placement']) =>
    new Map([['s1', { name: 'sydney', ...(placement && { placement }) }]]);
  it.each<[string, ReadonlyMap<string, CurrentSite>, string]>([
    ['no such Site', new Map(), 'deleted'],
    ['one that was made anew under its name', new Map([['s2', { name: 'sydney' }]]), 'deleted'],
    ['one that is faulty', now(), 'current'],
    ['one that runs here now', now({ secret: undefined, homeUid: undefined }), 'moved'],
    ['one whose new cluster was not reached yet', now({ secret: 'other', homeUid: undefined }), 'current'],
    ['one whose new cluster is another', now({ secret: 'other', homeUid: 'third' }), 'moved'],
    ['one with another way to the same cluster', now({ secret: 'other', homeUid: 'far' }), 'current'],
  ])('%s', (_, sites, state) => expect(recordState(record, sites)).toBe(state));
});

describe('endingOf', () => {
  const observed = { attempted: true, lost: false, home, failure: undefined, isClean: () => false };
  const unreachable = { reason: 'ClusterUnreachable', message: 'no answer' };
  const at = (now: number) => ({ now, giveUpMs: 120_000 });
  const ending = { ...record, endsSince: 0 };
  it.each<[string, Parameters<typeof finalizationOf>[1], number, ReturnType<typeof finalizationOf>]>([
    ['nothing is left', { ...observed, isClean: () => true }, 0, 'done'],
    ['something is left', observed, 119_000, 'wait'],
    ['something is left for too long', observed, 120_000, { givenUp: expect.any(String) as string }],
    ['the cluster does not respond', { ...observed, failure: unreachable }, 119_000, 'wait'],
    ['it does not for too long', { ...observed, failure: unreachable }, 120_000, { givenUp: 'no answer' }],
    ['nobody looked yet', { ...observed, attempted: false, home: undefined, lost: false }, 0, 'wait'],
    [
      'no way is known',
      { ...observed, lost: true, home: undefined, failure: unreachable },
      0,
      { givenUp: 'no answer' },
    ],
    [
      'another cluster is clean',
      { ...observed, home: { ...home, uid: 'x' }, isClean: () => true },
      0,
      { givenUp: expect.any(String) as string },
    ],
  ])('when %s', (_, seen, now, expected) => expect(finalizationOf(ending, seen, at(now))).toEqual(expected));
});
