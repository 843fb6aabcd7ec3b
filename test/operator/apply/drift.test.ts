import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createUpkeep, fate, type Known } from '../../../src/operator/apply/drift.ts';
import type { KubeObject } from '../../../src/operator/kube/object.ts';

/** As it is wanted when there is no version. */
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

describe('what somebody did to an object of ours', () => {
  it('is told once it is in order again', () => {
    const upkeep = createUpkeep();
    const wanted = object('ConfigMap', '', { plan: 'a' });
    expect(upkeep.note(wanted, undefined, object('ConfigMap', '1', { plan: 'a' }))).toBeUndefined();
    expect(upkeep.note(wanted, object('ConfigMap', '1', { plan: 'a' }), undefined)).toBeUndefined();
    expect(upkeep.note(wanted, object('ConfigMap', '2', { plan: 'b' }), object('ConfigMap', '3'))).toMatchObject({
      type: 'Warning',
      reason: 'DriftCorrected',
      message: 'ConfigMap spain was changed by somebody (data.plan). It was set back',
    });
    expect(upkeep.note(wanted, undefined, object('ConfigMap', '5'))).toMatchObject({
      reason: 'ObjectRestored',
      message: 'ConfigMap spain was deleted by somebody. It was made again',
    });
  });

  it('is not what the operator did itself: another plan, another site of the same name', () => {
    const upkeep = createUpkeep();
    upkeep.note(object('ConfigMap', '', { plan: 'a' }), undefined, object('ConfigMap', '1'));
    const next = object('ConfigMap', '', { plan: 'b' });
    expect(upkeep.note(next, object('ConfigMap', '1', { plan: 'a' }), object('ConfigMap', '2'))).toBeUndefined();
    const another = object('ConfigMap', '', { plan: 'b' }, 'second');
    expect(upkeep.note(another, undefined, object('ConfigMap', '3'))).toBeUndefined();
    upkeep.forget('acme');
    expect(upkeep.note(another, undefined, object('ConfigMap', '4'))).toBeUndefined();
  });

  it('is told of a Secret, whose content says what is wanted, without its values', () => {
    const upkeep = createUpkeep();
    upkeep.note(object('Secret', '', { key: 'a' }), undefined, object('Secret', '1'));
    const told = upkeep.note(
      object('Secret', '', { key: 'new' }),
      object('Secret', '2', { key: 'x' }),
      object('Secret', '3'),
    );
    expect(told?.message).toBe(
      'Secret spain was changed by somebody (data.key). What was of no use any more was made anew',
    );
    // New keys of ours are no change of somebody else's.
    const turned = upkeep.note(
      object('Secret', '', { key: 'b' }),
      object('Secret', '3', { key: 'new' }),
      object('Secret', '4'),
    );
    expect(turned).toBeUndefined();
    expect(upkeep.note(object('Secret', '', { key: 'c' }), undefined, object('Secret', '5'))?.message).toBe(
      'Secret spain was deleted by somebody. It was made again',
    );
  });

  it('is never told of what is seen for the first time, nor when nobody else wrote', () => {
    const known = fc.record({
      owner: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
      digest: fc.constantFrom('x', 'y'),
      resourceVersion: fc.constantFrom('1', '2'),
    });
    const kinds = fc.constantFrom('ConfigMap', 'Secret', 'StatefulSet');
    fc.assert(
      fc.property(known, known, kinds, fc.constantFrom('1', '2', undefined), (before: Known, now, kind, version) => {
        const live = version === undefined ? undefined : object(kind, version);
        expect(fate(undefined, now, kind, live)).toBe('ours');
        if (version === before.resourceVersion) expect(fate(before, now, kind, live)).toBe('ours');
        if (before.owner !== now.owner) expect(fate(before, now, kind, live)).toBe('ours');
      }),
    );
  });
});
