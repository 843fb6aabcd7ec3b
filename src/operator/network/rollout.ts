import type { Condition, SiteStatus } from '../../api/status.ts';
import type { KubeObject } from '../kube/object.ts';
import { isRewritten, type Marks, type Regained, readMarks, withLiveTemplate, withMarks } from '../objects/marks.ts';
import type { PodFacts } from '../status/pod.ts';
import type { RolloutWaiting } from '../status/rollout.ts';
import { decideRollout, isCount, type RolloutLimits, type RolloutSite } from './rollout-decision.ts';

/** Annotations of the ConfigMap `sitesync-network`. */
const PAUSED = 'sitesync.dev/rollout-paused';
const MAX_UNAVAILABLE = 'sitesync.dev/rollout-max-unavailable';
const DEFAULT_MAX_UNAVAILABLE = '25%';

/** What is known about a younger pod may be from before it was restarted. */
const YOUNG_MS = 20_000;

/** What people set for the roll-outs of a network. Pure. */
export function rolloutLimits(checkpoint: KubeObject | undefined): RolloutLimits {
  const { [PAUSED]: paused = 'false', [MAX_UNAVAILABLE]: maxUnavailable = DEFAULT_MAX_UNAVAILABLE } =
    checkpoint?.metadata.annotations ?? {};
  const errors = [
    ...(['true', 'false'].includes(paused) ? [] : [`${PAUSED} is "${paused}", and must be "true" or "false"`]),
    ...(isCount(maxUnavailable)
      ? []
      : [`${MAX_UNAVAILABLE} is "${maxUnavailable}", and must be a number such as "2" or a share such as "25%"`]),
  ];
  return { paused: paused === 'true', maxUnavailable, ...(errors.length > 0 && { invalid: errors.join('; ') }) };
}

/** A site whose StatefulSet exists. */
export interface DeployedSite {
  name: string;
  role: 'hub' | 'child';
  /** As the operator wants it. */
  wanted: Marks;
  live: KubeObject;
  /** Undefined while unknown. */
  pod: PodFacts | undefined;
  /** The status of the last look, if there was one and a hub reported. */
  status: SiteStatus | undefined;
}

/** How the StatefulSet of a site is to be applied. */
export type RolloutStep = { take: Marks } | { keep: KubeObject; waiting: RolloutWaiting };

/**
 * What each site does now, by name. A template that people changed for one site applies to it at once, and one that
 * somebody else edited is restored; a template that the operator changed goes from site to site. Pure.
 */
export function rolloutSteps(sites: DeployedSite[], limits: RolloutLimits, now: number): Map<string, RolloutStep> {
  const known = sites.map((site) => ({ site, facts: factsOf(site, now), marks: readMarks(site.live) }));
  const { now: chosen, wait } = decideRollout(
    known.map(({ facts }) => facts),
    limits,
  );
  const stopped = known.filter(({ site, facts }) => facts.taking && !facts.pending && isStuck(site.pod));
  const waiting: RolloutWaiting = { ...wait, stopped: stopped.map(({ site }) => site.name) };
  return new Map(
    known.map(({ site, facts, marks }): [string, RolloutStep] => {
      const { name, wanted, live } = site;
      if (!facts.pending) return [name, { take: marked(wanted, facts.taking ? marks.taking : undefined) }];
      if (!chosen.has(name) && !isRewritten(marks.written, wanted.written)) return [name, { keep: live, waiting }];
      // A site that did not come up with the previous template must become what it was before that one.
      return [name, { take: marked(wanted, facts.taking ? marks.taking : regainable(site)) }];
    }),
  );
}

/**
 * The StatefulSet to apply. Pure.
 * @param step undefined when the site had no StatefulSet, or its cluster did not respond
 * @param live the StatefulSet as it is found in that cluster now
 */
export function stepped(statefulSet: KubeObject, step: RolloutStep | undefined, wanted: Marks, live?: KubeObject) {
  if (step) return 'take' in step ? withMarks(statefulSet, step.take) : withLiveTemplate(statefulSet, step.keep);
  return live ? withLiveTemplate(statefulSet, live) : withMarks(statefulSet, wanted);
}

const marked = ({ template, written }: Marks, taking: Regained[] | undefined): Marks => ({
  template,
  written,
  ...(taking && taking.length > 0 && { taking }),
});

function factsOf({ name, role, wanted, live, pod, status }: DeployedSite, now: number): RolloutSite {
  const marks = readMarks(live);
  const ready = conditionOf(status, 'Ready');
  const isReady = ready?.status === 'True';
  const has = new Set(regainable({ pod, status }));
  return {
    name,
    role,
    pending: marks.template !== wanted.template,
    taking: marks.taking !== undefined && (isYoung(pod, now) || marks.taking.some((one) => !has.has(one))),
    // Nobody restarts what cannot be watched.
    up: pod?.ready && !status ? undefined : pod?.ready,
    ready: isReady,
    unreadyMs: isReady ? 0 : Math.max(1, now - Date.parse(ready?.lastTransitionTime ?? new Date(now).toISOString())),
  };
}

/** The last heartbeat may be that of the pod before. */
const isYoung = (pod: PodFacts | undefined, now: number) => now - (pod?.createdAt ?? 0) < YOUNG_MS;

/** What a site has now and has to have again after a restart. */
function regainable({ pod, status }: Pick<DeployedSite, 'pod' | 'status'>): Regained[] {
  const isTrue = (type: 'Ready' | 'InSync') => pod?.ready && conditionOf(status, type)?.status === 'True';
  return [...(pod?.ready ? ['PodUp' as const] : []), ...(['Ready', 'InSync'] as const).filter((type) => isTrue(type))];
}

const conditionOf = (status: SiteStatus | undefined, type: string): Condition | undefined =>
  status?.conditions?.find((one) => one.type === type);

/** Reasons why a pod is not ready that pass by themselves. */
const PASSING = new Set(['NoPod', 'PodNotReady', 'PodTerminating']);
const isStuck = (pod: PodFacts | undefined) => pod?.failure !== undefined && !PASSING.has(pod.failure.reason);
