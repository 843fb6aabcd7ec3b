import { describe, expect, it } from 'vitest';
import type { SiteStatus } from '../../../src/api/status.ts';
import type { KubeObject } from '../../../src/operator/kube/object.ts';
import {
  type DeployedSite,
  type RolloutStep,
  rolloutLimits,
  rolloutSteps,
  stepped,
} from '../../../src/operator/network/rollout.ts';
import type { RolloutLimits } from '../../../src/operator/network/rollout-decision.ts';
import { type Marks, marksOf, readMarks, withMarks } from '../../../src/operator/objects/marks.ts';
import { rolloutCondition } from '../../../src/operator/status/rollout.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const LIMITS = { paused: false, maxUnavailable: '25%' };
const set = (name: string, image: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name, annotations: { kept: 'yes' } },
  spec: { replicas: 1, template: { spec: { containers: [{ name: 'agent', image }] } } },
});
const imageOf = ({ spec }: KubeObject) =>
  (spec as { template: { spec: { containers: { image: string }[] } } }).template.spec.containers[0]!.image;
const conditions = (status: 'True' | 'False') =>
  ['Ready', 'InSync'].map((type) => ({
    type,
    status,
    reason: 'X',
    message: '',
    lastTransitionTime: '2026-11-01T00:00:00Z',
  }));
const works: SiteStatus = { conditions: conditions('True') };
const fails: SiteStatus = { conditions: conditions('False') };
const UP = { ready: true, createdAt: 0 };

/** A cluster of StatefulSets: each step is applied as the operator does, and the next is computed from what is there. */
function cluster(names: [string, 'hub' | 'child'][]) {
  const live = new Map(names.map(([name]) => [name, withMarks(set(name, 'v1'), marksOf(set(name, 'v1'), '1/0 a'))]));
  const pods = new Map<string, DeployedSite['pod']>(names.map(([name]) => [name, UP]));
  const statuses = new Map<string, SiteStatus | undefined>(names.map(([name]) => [name, works]));
  const written = new Map(names.map(([name]) => [name, '1/0 a']));
  return {
    live,
    pods,
    statuses,
    written,
    images: () => [...live.values()].map(imageOf),
    /** Returns the sites that took something new. */
    step(image: string, limits: RolloutLimits = LIMITS): string[] {
      const wantedOf = (name: string): Marks => marksOf(set(name, image), written.get(name)!);
      const sites = names.map(
        ([name, role]): DeployedSite => ({
          name,
          role,
          wanted: wantedOf(name),
          live: live.get(name)!,
          pod: pods.get(name),
          status: statuses.get(name),
        }),
      );
      const steps = rolloutSteps(sites, limits, NOW);
      const before = this.images();
      for (const [name, step] of steps) live.set(name, stepped(set(name, image), step, wantedOf(name)));
      return names.map(([name]) => name).filter((_, i) => this.images()[i] !== before[i]);
    },
    waiting(image: string, name: string, limits: RolloutLimits = LIMITS) {
      const sites = names.map(
        ([one, role]): DeployedSite => ({
          name: one,
          role,
          wanted: marksOf(set(one, image), written.get(one)!),
          live: live.get(one)!,
          pod: pods.get(one),
          status: statuses.get(one),
        }),
      );
      const step = rolloutSteps(sites, limits, NOW).get(name) as Extract<RolloutStep, { keep: unknown }>;
      return rolloutCondition(step.waiting);
    },
  };
}
const OFFICES: [string, 'hub' | 'child'][] = [
  ['australia', 'hub'],
  ['germany', 'hub'],
  ['brazil', 'child'],
  ['spain', 'child'],
];

describe('a roll-out', () => {
  it('with settings that are not valid waits, and says all that is wrong', () => {
    const limits = (annotations: Record<string, string>) =>
      rolloutLimits({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'sitesync-network', annotations } });
    expect(limits({})).toEqual({ paused: false, maxUnavailable: '25%' });
    expect(limits({ 'sitesync.dev/rollout-paused': 'true' })).toMatchObject({ paused: true });
    const wrong = limits({ 'sitesync.dev/rollout-paused': 'yes', 'sitesync.dev/rollout-max-unavailable': 'half' });
    const offices = cluster(OFFICES);
    expect(offices.step('v2', wrong)).toEqual([]);
    const { reason, message } = offices.waiting('v2', 'spain', wrong);
    expect(reason).toBe('RolloutPaused');
    expect(message).toContain('sitesync.dev/rollout-paused is "yes", and must be "true" or "false"');
    expect(message).toContain('sitesync.dev/rollout-max-unavailable is "half"');
  });

  it('goes on only when the last site is what it was, and remembers that in the StatefulSets alone', () => {
    const offices = cluster(OFFICES);
    expect(offices.step('v2')).toEqual(['brazil']);
    expect(readMarks(offices.live.get('brazil')!).taking).toEqual(['PodUp', 'Ready', 'InSync']);
    offices.pods.set('brazil', { ready: false });
    offices.statuses.set('brazil', fails);
    expect(offices.step('v2')).toEqual([]);
    expect(offices.waiting('v2', 'spain')).toMatchObject({ reason: 'RolloutPending' });
    // Up and ready, and not in sync yet.
    offices.pods.set('brazil', UP);
    expect(offices.step('v2')).toEqual([]);
    offices.statuses.set('brazil', works);
    expect(offices.step('v2')).toEqual(['australia']);
    expect(offices.step('v2')).toEqual(['germany']);
    expect(offices.step('v2')).toEqual(['spain']);
    expect(offices.step('v2')).toEqual([]);
    for (const one of offices.live.values()) expect(readMarks(one).taking).toBeUndefined();
    expect(offices.live.get('spain')!.metadata.annotations).toMatchObject({ kept: 'yes' });
  });

  it('with a bad image stops at the first site, says so, and continues once the image is corrected', () => {
    const offices = cluster(OFFICES);
    expect(offices.step('bad')).toEqual(['brazil']);
    offices.pods.set('brazil', { ready: false, failure: { reason: 'ErrImagePull', message: 'no such image' } });
    offices.statuses.set('brazil', fails);
    for (let i = 0; i < 3; i++) expect(offices.step('bad')).toEqual([]);
    expect(offices.images()).toEqual(['v1', 'v1', 'bad', 'v1']);
    expect(offices.waiting('bad', 'germany')).toMatchObject({ status: 'True', reason: 'RolloutStopped' });
    expect(offices.waiting('bad', 'germany').message).toContain('does not come up at brazil');
    expect(offices.step('v2')).toEqual(['brazil']);
    expect(offices.step('v2')).toEqual([]);
    offices.pods.set('brazil', UP);
    offices.statuses.set('brazil', works);
    expect(offices.step('v2')).toEqual(['australia']);
  });

  it('a site that was not ready before is not waited for', () => {
    const offices = cluster(OFFICES);
    offices.statuses.set('brazil', fails);
    offices.pods.set('brazil', { ready: false });
    expect(offices.step('v2')).toEqual(['spain']);
    expect(offices.step('v2')).toEqual(['australia']);
    expect(offices.step('v2')).toEqual(['germany']);
    expect(offices.step('v2')).toEqual(['brazil']);
  });

  it('what people change for one site applies at once, also while it is paused', () => {
    const offices = cluster(OFFICES);
    offices.written.set('germany', '2/0 b');
    expect(offices.step('v2', { ...LIMITS, paused: true })).toEqual(['germany']);
    // A new generation that changes nothing of the pod, and a new release that reads the same objects otherwise.
    offices.written.set('spain', '2/0 a');
    offices.written.set('brazil', '1/0 b');
    expect(offices.step('v3', { ...LIMITS, paused: true })).toEqual([]);
  });

  it('nobody is restarted while no hub reports', () => {
    const offices = cluster(OFFICES);
    for (const [name] of OFFICES) offices.statuses.set(name, undefined);
    expect(offices.step('v2')).toEqual([]);
  });
});
