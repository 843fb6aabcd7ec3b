import type { Network } from '../../contract/network.ts';
import { t } from '../lib/messages.ts';
import { rate } from '../messages/format.ts';
import { stateOf } from './office-card.tsx';

const WIDTH = 124;
const LEVEL = 84;
/** Children of one hub per row. */
const ABREAST = 6;

interface Place {
  x: number;
  y: number;
}

/** Hubs in a row, their children below; a line for every link, with its traffic. */
export function NetworkMap({
  network,
  chosen,
  choose,
}: {
  network: Network;
  chosen: string | undefined;
  choose: (site: string) => void;
}) {
  const { places, width, height } = layOut(network);
  const at = (site: string) => places.get(site)!;
  const known = network.links.filter(({ from, to }) => places.has(from) && places.has(to));
  return (
    <div class="map" tabIndex={0} role="group" aria-label={t.network.map}>
      <svg viewBox={`0 0 ${width} ${height}`} style={{ width: `${width}px` }}>
        {known.map(({ from, to, kind, up, rate: flow }) => {
          const [a, b] = [at(from), at(to)];
          const way =
            kind === 'trunk'
              ? `M${a.x} ${a.y}Q${(a.x + b.x) / 2} ${a.y - Math.min(40, Math.abs(a.x - b.x) / 5)} ${b.x} ${b.y}`
              : `M${a.x} ${a.y}C${a.x} ${(a.y + b.y) / 2} ${b.x} ${(a.y + b.y) / 2} ${b.x} ${b.y}`;
          return (
            <g key={`${from} ${to}`} class={up ? 'link is-up' : 'link is-down'}>
              <title>{t.network.link(from, to, up)}</title>
              <path d={way} />
              {flow > 0 && <path class="flow" d={way} />}
              {flow > 0 && (
                <text x={(a.x + b.x) / 2} y={(a.y + b.y) / 2 - 4} text-anchor="middle">
                  {rate(flow)}
                </text>
              )}
              {!up && (
                <text class="bad" x={(a.x + b.x) / 2} y={(a.y + b.y) / 2} text-anchor="middle">
                  ×
                </text>
              )}
            </g>
          );
        })}
        {network.offices.map((office) => {
          const { x, y } = at(office.name);
          const state = stateOf(office);
          return (
            <g
              key={office.name}
              class={`site is-${state} ${office.role === 'hub' ? 'is-hub' : ''} ${chosen === office.name ? 'is-chosen' : ''}`}
              role="button"
              tabIndex={0}
              aria-pressed={chosen === office.name}
              onClick={() => choose(office.name)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' && event.key !== ' ') return;
                event.preventDefault();
                choose(office.name);
              }}
            >
              <rect x={x - 52} y={y - 18} width="104" height="36" rx={office.role === 'hub' ? 18 : 6} />
              <text x={x} y={y - 2} text-anchor="middle">
                {office.name.length > 14 ? `${office.name.slice(0, 13)}…` : office.name}
              </text>
              <text class="small" x={x} y={y + 11} text-anchor="middle">
                {office.name === network.reporter && state === 'inSync' ? t.network.here : t.network.states[state]}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

function layOut({ offices }: Network) {
  const places = new Map<string, Place>();
  const hubs = offices.filter(({ role }) => role === 'hub');
  const names = new Set(hubs.map(({ name }) => name));
  const groups: { hub: string | undefined; children: string[] }[] = hubs.map(({ name }) => ({
    hub: name,
    children: offices.filter((one) => one.role === 'child' && one.hub === name).map((one) => one.name),
  }));
  // Children that are not connected to any hub.
  const alone = offices.filter((one) => one.role === 'child' && !names.has(one.hub ?? '')).map((one) => one.name);
  if (alone.length > 0) groups.push({ hub: undefined, children: alone });
  let left = 0;
  let lines = 0;
  for (const { hub, children } of groups) {
    const columns = Math.max(1, Math.min(ABREAST, children.length));
    if (hub !== undefined) places.set(hub, { x: left + (columns * WIDTH) / 2, y: 64 });
    for (const [i, child] of children.entries()) {
      const line = Math.floor(i / ABREAST);
      lines = Math.max(lines, line + 1);
      const inLine = Math.min(ABREAST, children.length - line * ABREAST);
      const shift = ((columns - inLine) * WIDTH) / 2;
      places.set(child, { x: left + shift + (i % ABREAST) * WIDTH + WIDTH / 2, y: 64 + (line + 1) * LEVEL });
    }
    left += columns * WIDTH;
  }
  return { places, width: Math.max(left, WIDTH), height: 64 + lines * LEVEL + 28 };
}
