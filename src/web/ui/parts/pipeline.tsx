import type { Hop, Where } from '../../contract/where.ts';
import { t } from '../lib/messages.ts';
import { words } from './marks.tsx';

const COLUMN = 92;
const LINE = 44;
const MARGIN = 36;

/** The route of a file as a picture: from its origin, step by step, to every office. */
export function Pipeline({ where }: { where: Where }) {
  const { head, hops } = where;
  const places = layOut(head.origin, hops);
  const columns = Math.max(...[...places.values()].map(({ x }) => x)) + 1;
  const lines = Math.max(...[...places.values()].map(({ y }) => y)) + 1;
  const at = (site: string) => {
    const { x, y } = places.get(site)!;
    return { x: MARGIN + x * COLUMN, y: LINE / 2 + y * LINE };
  };
  const said = hops.map(
    (hop) =>
      `${hop.from} → ${hop.to}: ${hop.state === 'has' ? t.marks.has : words({ state: hop.state, percent: hop.percent })}`,
  );
  return (
    <svg
      class="pipeline"
      viewBox={`0 0 ${(columns - 1) * COLUMN + 2 * MARGIN} ${lines * LINE}`}
      style={{ maxWidth: `${((columns - 1) * COLUMN + 2 * MARGIN + 30) * 1.25}px` }}
      role="img"
      aria-label={said.join('; ')}
    >
      {hops.map((hop) => {
        const [a, b] = [at(hop.from), at(hop.to)];
        const middle = (a.x + b.x) / 2;
        const way = `M${a.x} ${a.y}C${middle} ${a.y} ${middle} ${b.y} ${b.x} ${b.y}`;
        const share = hop.state === 'has' ? 100 : hop.state === 'transfer' ? hop.percent : 0;
        return (
          <g key={`${hop.from} ${hop.to}`} class={`way is-${hop.state}`}>
            <path d={way} />
            {share > 0 && <path class="done" d={way} pathLength={100} stroke-dasharray={`${share} 100`} />}
            {hop.state === 'transfer' && (
              <text x={middle} y={(a.y + b.y) / 2 - 5} text-anchor="middle">
                {hop.percent} %
              </text>
            )}
            {hop.state === 'failing' && (
              <text class="bad" x={middle} y={(a.y + b.y) / 2 - 5} text-anchor="middle">
                !
              </text>
            )}
          </g>
        );
      })}
      {[...places.keys()].map((site) => {
        const { x, y } = at(site);
        const state = site === head.origin ? 'has' : (hops.find(({ to }) => to === site)?.state ?? 'has');
        return (
          <g key={site} class={`stop is-${state}`}>
            <circle cx={x} cy={y} r="6" />
            <text x={x} y={y + 18} text-anchor="middle">
              {site}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

/** Columns by the number of steps from the origin; rows in the order in which branches are walked. */
function layOut(origin: string, hops: Hop[]): Map<string, { x: number; y: number }> {
  const places = new Map<string, { x: number; y: number }>();
  let line = 0;
  const put = (site: string, x: number): number => {
    if (places.has(site)) return places.get(site)!.y;
    const place = { x, y: 0 };
    places.set(site, place);
    const children = hops.filter(({ from, to }) => from === site && !places.has(to)).map(({ to }) => put(to, x + 1));
    place.y = children.length > 0 ? (Math.min(...children) + Math.max(...children)) / 2 : line++;
    return place.y;
  };
  put(origin, 0);
  for (const { from } of hops) put(from, 0);
  return places;
}
