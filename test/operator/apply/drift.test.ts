import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AppliedObject, createDriftTracker, driftOf } from '../../../src/operator/apply/drift.ts';
import type { KubeObject } from '../../../src/operator/kube/object.ts';

/** The desired object, without a version. */
const object = (kind: string, version: string, data: Record<string, string> = {}, owner = 'first'): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: {
    name: 'spain',
    namespace: 'acme',
    ...(version && { resourceVersion: version }),
    ownerReferences: [{ apiVersion: 'x', kind: 'Site', name: 'spain', uid: owner }],
  },
  data,
});

describe('what somebody did to one of our objects', () => {
  it('is reported once it was reverted', () => {
    const drift = createDriftTracker();
    const wanted = object('ConfigMap', '', { plan: 'a' });
    expect(drift.note(wanted, undefined, object('ConfigMap', '1', { plan: 'a' }))).toBeUndefined();
    expect(drift.note(wanted, object('ConfigMap', '1', { plan: 'a' }), undefined)).toBeUndefined();
    expect(drift.note(wanted, object('ConfigMap', '2', { plan: 'b' }), object('ConfigMap', '3'))).toMatchObject({
      type: 'Warning',
      reason: 'DriftCorrected',
      message: 'ConfigMap spain was modified externally (data.plan). The changes have been reverted',
    });
    expect(drift.note(wanted, undefined, object('ConfigMap', '5'))).toMatchObject({
      reason: 'ObjectRestored',
      message: 'ConfigMap spain was deleted externally and has been recreated',
    });
  });

  it('is not what the operator did itself: another plan, another site of the same name', () => {
    const drift = createDriftTracker();
    drift.note(object('ConfigMap', '', { plan: 'a' }), undefined, object('ConfigMap', '1'));
    const next = object('ConfigMap', '', { plan: 'b' });
    expect(drift.note(next, object('ConfigMap', '1', { plan: 'a' }), object('ConfigMap', '2'))).toBeUndefined();
    const another = object('ConfigMap', '', { plan: 'b' }, 'second');
    expect(drift.note(another, undefined, object('ConfigMap', '3'))).toBeUndefined();
    drift.forget('acme');
    expect(drift.note(another, undefined, object('ConfigMap', '4'))).toBeUndefined();
  });

  it('is reported for a Secret, whose desired content derives from its live content, without values', () => {
    const drift = createDriftTracker();
    drift.note(object('Secret', '', { key: 'a' }), undefined, object('Secret', '1'));
    const told = drift.note(
      object('Secret', '', { key: 'new' }),
      object('Secret', '2', { key: 'x' }),
      object('Secret', '3'),
    );
    expect(told?.message).toBe('Secret spain was modified externally (data.key). Unusable parts have been recreated');
    // New keys of ours are not a foreign change.
    const turned = drift.note(
      object('Secret', '', { key: 'b' }),
      object('Secret', '3', { key: 'new' }),
      object('Secret', '4'),
    );
    expect(turned).toBeUndefined();
    expect(drift.note(object('Secret', '', { key: 'c' }), undefined, object('Secret', '5'))?.message).toBe(
      'Secret spain was deleted externally and has been recreated',
    );
  });

  it('is not reported for what is seen for the first time, nor when nobody else wrote', () => {
    const known = fc.record({
      owner: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
      digest: fc.constantFrom('x', 'y'),
      resourceVersion: fc.constantFrom('1', '2'),
    });
    const kinds = fc.constantFrom('ConfigMap', 'Secret', 'StatefulSet');
    fc.assert(
      fc.property(
        known,
        known,
        kinds,
        fc.constantFrom('1', '2', undefined),
        (before: AppliedObject, now, kind, version) => {
          const live = version === undefined ? undefined : object(kind, version);
          expect(driftOf(undefined, now, kind, live)).toBe('ours');
          if (version === before.resourceVersion) expect(driftOf(before, now, kind, live)).toBe('ours');
          if (before.owner !== now.owner) expect(driftOf(before, now, kind, live)).toBe('ours');
        },
      ),
    );
  });
});
