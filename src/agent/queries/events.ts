import { encodeApiPath } from '../../base/api-path.ts';
import { parentOf } from '../../base/bytes.ts';
import { delay } from '../../base/delay.ts';
import type { Event } from '../../web/contract/events.ts';
import type { Network } from '../../web/contract/network.ts';
import type { Site } from '../site/site.ts';
import type { Head } from '../store/head.ts';
import { percentOf } from '../store/transfer.ts';
import { formatId } from '../versions/version.ts';
import type { PlacementSnapshot } from './placement-snapshot.ts';

type Listener = (event: Event) => void;

const POLL_MS = 400;
/** How many polls there are for each poll of the network. */
const NETWORK_LOOKS = 5;

/** Reports events to listeners. Polls nothing while there are none. */
export function createEvents(
  site: Site,
  snapshot: () => Promise<PlacementSnapshot>,
  network: () => Promise<Network>,
  isOutdated: () => boolean,
): (listener: Listener) => () => void {
  const listeners = new Set<Listener>();
  const tell = (event: Event) => {
    for (const listener of listeners) listener(event);
  };
  let looking = false;

  site.wake.heads.listen((heads: Head[]) => {
    if (listeners.size === 0) return;
    for (const [folder, group] of Map.groupBy(heads, ({ ref }) => ref.folder)) {
      const directories = new Set(group.map(({ ref }) => encodeApiPath(parentOf(ref.path))));
      tell({ type: 'changed', folder, directories: [...directories] });
    }
  });

  async function look(): Promise<void> {
    let before = '';
    let networkBefore = '';
    let heldBefore: string | undefined;
    for (let round = 0; listeners.size > 0 && !site.signal.aborted; round++) {
      try {
        const now = await snapshot();
        const text = JSON.stringify([
          [...now.custody].map(([name, held]) => [name, [...held]]),
          now.transfers,
          [...now.away],
        ]);
        // Also what directories contain is counted late when there is much of it.
        if (isOutdated() || (text !== before && before !== '')) tell({ type: 'standing', transfers: transfersOf(now) });
        before = text;
        const held = JSON.stringify([...(await site.store.brake.counts())]);
        if (held !== heldBefore && heldBefore !== undefined) tell({ type: 'held' });
        heldBefore = held;
        if (round % NETWORK_LOOKS === 0) {
          const { asOf: _asOf, ...view } = await network();
          const seen = JSON.stringify(view);
          if (seen !== networkBefore && networkBefore !== '') tell({ type: 'network' });
          networkBefore = seen;
        }
      } catch (error) {
        site.log.debug({ err: error }, 'what the page shows live could not be looked at; trying again');
      }
      await delay(POLL_MS, site.signal);
    }
    looking = false;
  }

  return (listener) => {
    listeners.add(listener);
    if (!looking) {
      looking = true;
      void look();
    }
    return () => void listeners.delete(listener);
  };
}

function transfersOf({ transfers, mark }: PlacementSnapshot): Extract<Event, { type: 'standing' }>['transfers'] {
  return transfers.map((one) => ({
    folder: one.folder,
    path: encodeApiPath(one.path),
    version: formatId(one.id),
    mark: mark(one.site, one.id) ?? { site: one.site, state: 'transfer', percent: percentOf(one) },
    rate: one.rate,
    source: one.source,
  }));
}
