import type { CDPSession, Page } from 'playwright-core';
import { median } from '../measure.ts';

/** Bytes of script that were transferred while `load` ran, compressed as they were. */
export async function scriptBytes(session: CDPSession, load: () => Promise<unknown>): Promise<number> {
  const scripts = new Set<string>();
  let bytes = 0;
  await session.send('Network.enable');
  session.on('Network.responseReceived', ({ requestId, type }) => {
    if (type === 'Script') scripts.add(requestId);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  await load();
  await session.send('Network.disable');
  return bytes;
}

/** In the page: resolves with the time of the second frame after all visible rows show an entry. */
const LISTED = (rows: number) => `new Promise((resolve) => {
  const look = () => {
    const shown = document.querySelectorAll('.row:not(.is-head, .is-coming) bdi');
    const isThere =
      document.querySelector('.grid')?.getAttribute('aria-rowcount') === '${rows + 1}' &&
      document.querySelector('.row.is-coming') === null &&
      shown.length >= 20;
    if (isThere) requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())));
    return isThere;
  };
  if (look()) return;
  const observer = new MutationObserver(() => look() && observer.disconnect());
  observer.observe(document, { subtree: true, childList: true, attributes: true });
})`;

/** Milliseconds from the start of a navigation until a directory with this many entries is painted. */
export const listedSinceNavigation = (page: Page, rows: number) => page.evaluate<number>(LISTED(rows));

/** Milliseconds from the key or click in `act` until its result is painted. Earlier rows do not count. */
export async function listedSince(page: Page, rows: number, act: () => Promise<unknown>): Promise<number> {
  await page.evaluate(`{
    for (const type of ['click', 'keydown'])
      addEventListener(type, (event) => { globalThis.began = event.timeStamp; globalThis.listed = new Promise((resolve) =>
        requestAnimationFrame(() => resolve(${LISTED(rows)}))); }, { capture: true, once: true });
  }`);
  await act();
  return page.evaluate<number>('globalThis.listed.then((at) => at - globalThis.began)');
}

export interface Size {
  /** Bytes in use after garbage collection. */
  heap: number;
  nodes: number;
  listeners: number;
}

/** What the page holds after garbage collection. */
export async function sizeOf(session: CDPSession): Promise<Size> {
  await session.send('HeapProfiler.enable');
  // What the first collection finalises is freed by the second.
  for (let round = 0; round < 3; round++) await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
  return { heap: usedSize, nodes, listeners: jsEventListeners };
}

/**
 * Growth per step of values measured at equal steps: the median of the slopes between any two, which is robust against
 * outliers. Pure.
 */
export function slope(values: number[]): number {
  const slopes = values.flatMap((from, i) => values.slice(i + 1).map((to, j) => (to - from) / (j + 1)));
  return slopes.length === 0 ? 0 : median(slopes);
}
