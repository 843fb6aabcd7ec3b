import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orphansOf } from '../../../src/operator/clusters/orphans.ts';
import { type KubeObject, keyOf } from '../../../src/operator/kube/object.ts';
import { remoteObject, SITE_UID } from '../../../src/operator/objects/remote-object.ts';

const object = (kind: string, name: string, siteUid?: string): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, ...(siteUid && { labels: { [SITE_UID]: siteUid } }) },
});
const uids = ['a', 'b', 'c', 'd'];
const some = fc.subarray(uids).map((list) => new Set(list));
const present = fc.array(
  fc
    .tuple(
      fc.constantFrom('ConfigMap', 'StatefulSet', 'Pod', 'PersistentVolumeClaim'),
      fc.nat({ max: 3 }),
      fc.option(fc.constantFrom(...uids), { nil: undefined }),
    )
    .map(([kind, n, uid]) => object(kind, `${uid ?? 'shared'}-${n}`, uid)),
);

describe('orphans', () => {
  it('never include data, nor objects of an existing Site unless it is known to be elsewhere', () => {
    fc.assert(
      fc.property(present, some, some, some, some, (objects, here, existing, elsewhere, sound) => {
        const all = new Set([...here, ...existing, ...elsewhere]);
        const gone = orphansOf(objects, { here, existing: all, elsewhere }, sound, new Set());
        for (const { object: one, moved } of gone) {
          const uid = one.metadata.labels?.[SITE_UID];
          expect(['ConfigMap', 'StatefulSet']).toContain(one.kind);
          if (uid !== undefined && here.has(uid)) expect(sound.has(uid)).toBe(true);
          else if (uid !== undefined) expect(all.has(uid) ? elsewhere.has(uid) && moved : !moved).toBe(true);
        }
      }),
    );
  });

  const placements = (here: string[], existing: string[], elsewhere: string[] = []) => ({
    here: new Set(here),
    existing: new Set(existing),
    elsewhere: new Set(elsewhere),
  });

  it('include the objects of a deleted Site, and the shared ones only when no site is left', () => {
    const [one, shared, pod] = [
      object('ConfigMap', 'one', 'a'),
      object('ConfigMap', 'roll'),
      object('Pod', 'a-0', 'a'),
    ];
    const none = new Set<string>();
    expect(orphansOf([one, shared], placements([], []), none, none)).toEqual([{ object: one, moved: false }]);
    expect(orphansOf([pod, shared], placements([], []), none, none)).toEqual([]);
    expect(orphansOf([shared], placements([], []), none, none)).toEqual([{ object: shared, moved: false }]);
    expect(orphansOf([shared], placements(['b'], ['b']), none, none)).toEqual([]);
  });

  it('include what a site no longer needs, once everything it needs is known', () => {
    const [old, kept] = [object('Service', 'a-hub', 'a'), object('Service', 'a', 'a')];
    const wanted = new Set([keyOf(kept)]);
    const here = placements(['a'], ['a']);
    expect(orphansOf([old, kept], here, new Set(['a']), wanted)).toEqual([{ object: old, moved: false }]);
    expect(orphansOf([old, kept], here, new Set(), wanted)).toEqual([]);
  });
});

describe('remoteObject', () => {
  it('is in the namespace there, with labels instead of an owner, on its pods too', () => {
    const owner = { apiVersion: 'v1', kind: 'Site', name: 'x', uid: 'u' };
    const made = remoteObject(
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 'x', namespace: 'here', labels: { a: 'b' }, ownerReferences: [owner] },
        spec: { replicas: 1, template: { metadata: { labels: { c: 'd' } }, spec: {} } },
      },
      { namespace: 'there', networkId: 'n', siteUid: 'u' },
    );
    const labels = { 'sitesync.dev/network-id': 'n', 'sitesync.dev/site-uid': 'u' };
    expect(made.metadata).toEqual({ name: 'x', namespace: 'there', labels: { a: 'b', ...labels } });
    expect(made.spec).toEqual({ replicas: 1, template: { metadata: { labels: { c: 'd', ...labels } }, spec: {} } });
  });
});
