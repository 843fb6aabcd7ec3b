import type { LogEntry } from './log.ts';

export type CombinedEntry = Omit<LogEntry, 'keptHere'> & {
  /** Sites that can restore it from their own disk. */
  keptAt: string[];
};

/**
 * The versions of a file according to all sites together. The longest answer gives the order and the head; versions that
 * only other sites know come first, because they are the newest.
 */
export function mergeLogs(answers: { site: string; versions: LogEntry[] }[]): CombinedEntry[] {
  const byLength = answers.toSorted((a, b) => b.versions.length - a.versions.length);
  const main = byLength[0]?.versions ?? [];
  const known = new Set(main.map(({ version }) => version));
  const others = new Map<string, LogEntry>();
  for (const { versions } of byLength) {
    for (const entry of versions) if (!known.has(entry.version)) others.set(entry.version, entry);
  }
  return [...others.values(), ...main].map(({ keptHere: _keptHere, ...entry }) => ({
    ...entry,
    keptAt: answers
      .filter(({ versions }) => versions.some((v) => v.version === entry.version && v.keptHere))
      .map(({ site }) => site),
  }));
}
