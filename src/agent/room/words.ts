/** How the reasons of what waits for room read, in LIKE of SQL. */
export const NO_SPACE_LIKE = '%no space left%';

/** Why content waits for room, for people: which disk, how much, what to do. */
export function noSpace(folder: string, path: string, needed: number): string {
  return `no space left on the disk of folder ${folder} (${path}), ${roundUp(needed)} bytes needed: free some space; what waits comes by itself then`;
}

/** To two digits: what is told must not change with each file that comes. */
function roundUp(n: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, n))) - 1);
  return Math.ceil(n / step) * step;
}

/** Why a database cannot go on, for people: which disk, what to do. */
export const stateFull = (path: string): string =>
  `no space left on its disk (${path}): free some space; what is saved here reaches the others by itself then`;
