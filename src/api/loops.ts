import type { Site } from './schema.ts';

/**
 * Paths from a site through its hubs, their hubs and so on back to itself: `[a, b, a]`. Each site is in at most one of
 * them; without any, every site leads to a hub. Pure.
 */
export function loopsOf(sites: Site[]): string[][] {
  const names = new Set(sites.map(({ metadata }) => metadata.name));
  const hubs = new Map(
    sites.map(({ metadata, spec }) => [
      metadata.name,
      spec.hubs.map(({ name }) => name).filter((name) => names.has(name)),
    ]),
  );
  const loops: string[][] = [];
  for (const name of [...names].sort()) {
    if (loops.some((loop) => loop.includes(name))) continue;
    const loop = shortestLoop(name, hubs);
    if (loop) loops.push(loop);
  }
  return loops;
}

/** The shortest one. */
function shortestLoop(start: string, hubs: Map<string, string[]>): string[] | undefined {
  const before = new Map<string, string>();
  const open = [start];
  for (let name = open.shift(); name !== undefined; name = open.shift()) {
    for (const hub of hubs.get(name) ?? []) {
      if (before.has(hub)) continue;
      before.set(hub, name);
      if (hub === start) return trace(start, before);
      open.push(hub);
    }
  }
  return undefined;
}

function trace(start: string, before: Map<string, string>): string[] {
  const path = [start];
  do path.unshift(before.get(path[0]!)!);
  while (path[0] !== start);
  return path;
}
