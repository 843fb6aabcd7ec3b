import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Mark } from '../../contract/common.ts';
import { useEvents } from './live.ts';

/** Percentages of the transfers in progress, by folder, path, version and office. */
const percents = signal<ReadonlyMap<string, number>>(new Map());

const keyOf = (folder: string, path: string, version: string, site: string) => `${folder} ${path} ${version} ${site}`;

/** Follows the transfers of everything shown. The progress of a version never decreases. */
export function useTransfers(): void {
  useEvents((event) => {
    if (event.type === 'again') percents.value = new Map();
    if (event.type !== 'standing') return;
    const next = new Map<string, number>();
    for (const { folder, path, version, mark } of event.transfers) {
      const key = keyOf(folder, path, version, mark.site);
      next.set(key, Math.max(mark.percent ?? 0, percents.value.get(key) ?? 0));
    }
    percents.value = next;
  }, []);
  useEffect(() => () => void (percents.value = new Map()), []);
}

/** Updates marks with what has been reported since they were loaded. */
export function freshMarks(folder: string, path: string, version: string, marks: Mark[]): Mark[] {
  const known = percents.value;
  if (known.size === 0 || marks.length === 0) return marks;
  return marks.map((mark) => {
    const percent = known.get(keyOf(folder, path, version, mark.site));
    if (percent === undefined) return mark;
    return { site: mark.site, state: 'transfer', percent: Math.max(percent, mark.percent ?? 0) };
  });
}
