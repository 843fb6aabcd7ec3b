import { createHash } from 'node:crypto';
import type { KubeObject } from '../kube/object.ts';

/** Annotations of a StatefulSet with which any operator continues a roll-out. */
const TEMPLATE = 'sitesync.dev/template';
const WRITTEN = 'sitesync.dev/written';
const TAKING = 'sitesync.dev/taking';

/** What a site has to regain after it has taken a new template: a pod that is up, and conditions. */
const REGAINED = ['PodUp', 'Ready', 'InSync'] as const;
export type Regained = (typeof REGAINED)[number];

/** What is recorded of a site's StatefulSet. */
export interface Marks {
  /** Digest of the pod template, as the operator made it. */
  template: string;
  /** What people wrote: the generations of its Site and Hub, and a digest of what the template takes from them. */
  written: string;
  /** What it had before it took this template; absent once it has it again. */
  taking?: Regained[];
}

export const digest = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

const templateOf = ({ spec }: KubeObject) => (spec as { template: object }).template;

/** The marks of a StatefulSet as the operator wants it. Pure. */
export const marksOf = (statefulSet: KubeObject, written: string): Marks => ({
  template: digest(templateOf(statefulSet)),
  written,
});

/** The marks of a live StatefulSet; empty texts where an older operator made none. Pure. */
export function readMarks({ metadata: { annotations = {} } }: KubeObject): Marks {
  const taking = REGAINED.filter((type) => annotations[TAKING]?.split(',').includes(type));
  const { [TEMPLATE]: template = '', [WRITTEN]: written = '' } = annotations;
  return { template, written, ...(taking.length > 0 && { taking }) };
}

/** The StatefulSet with marks. Pure. */
export function withMarks(statefulSet: KubeObject, { template, written, taking }: Marks): KubeObject {
  const marks = { [TEMPLATE]: template, [WRITTEN]: written, ...(taking && { [TAKING]: taking.join() }) };
  const { metadata } = statefulSet;
  return { ...statefulSet, metadata: { ...metadata, annotations: { ...metadata.annotations, ...marks } } };
}

/** The StatefulSet with the template and the marks of the live one: applying it restarts nothing. Pure. */
export function withLiveTemplate(statefulSet: KubeObject, live: KubeObject): KubeObject {
  const marks = Object.entries(live.metadata.annotations ?? {}).filter(([name]) =>
    [TEMPLATE, WRITTEN, TAKING].includes(name),
  );
  const { metadata, spec } = statefulSet;
  return {
    ...statefulSet,
    metadata: { ...metadata, annotations: { ...metadata.annotations, ...Object.fromEntries(marks) } },
    spec: { ...(spec as object), template: templateOf(live) },
  };
}

/** Whether people have changed what the template takes from their objects. A new release may do so too, without a new generation. Pure. */
export function isRewritten(before: string, now: string): boolean {
  const [[generation, parts], [nowGeneration, nowParts]] = [before.split(' '), now.split(' ')] as const;
  return before !== '' && generation !== nowGeneration && parts !== nowParts;
}
