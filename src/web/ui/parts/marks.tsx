import type { Mark } from '../../contract/common.ts';
import { t } from '../lib/messages.ts';

/** With more offices than this, a number is clearer than dots. */
const DOTS = 8;
const TURN = 2 * Math.PI * 3;

/** The state of a file at each office: a small mark each, always in the same order, and the same as text. */
export function Marks({ sites, marks }: { sites: string[]; marks: Mark[] }) {
  const by = new Map(marks.map((mark) => [mark.site, mark]));
  const text =
    marks.length === 0 ? t.marks.all : t.marks.missing(marks.map((one) => `${one.site} ${words(one)}`).join(', '));
  return (
    <span class="marks" role="img" aria-label={text} title={text}>
      {sites.length <= DOTS
        ? sites.map((site) => <Dot key={site} mark={by.get(site)} />)
        : [
            <Dot key="all" mark={worst(marks)} />,
            <small key="n">{t.marks.count(sites.length - marks.length, sites.length)}</small>,
          ]}
    </span>
  );
}

export function words(mark: Pick<Mark, 'state' | 'percent' | 'below'> | undefined): string {
  if (!mark) return t.marks.has;
  if (mark.below !== undefined) return t.marks.below(mark.below);
  return mark.state === 'transfer' ? t.marks.transfer(mark.percent ?? 0) : t.marks[mark.state];
}

/** Full: has it. Ring: waiting. Part of a ring: in transfer. Triangle: failing. */
export function Dot({ mark }: { mark: Pick<Mark, 'state' | 'percent'> | undefined }) {
  const state = mark?.state ?? 'has';
  return (
    <svg class={`dot is-${state}`} viewBox="0 0 10 10" aria-hidden="true">
      {state === 'failing' ? <path d="M5 .8 9.5 9h-9z" /> : <circle cx="5" cy="5" r={state === 'has' ? 3.6 : 3} />}
      {state === 'transfer' && (
        <circle
          class="part"
          cx="5"
          cy="5"
          r="3"
          transform="rotate(-90 5 5)"
          stroke-dasharray={`${((mark?.percent ?? 0) / 100) * TURN} ${TURN}`}
        />
      )}
    </svg>
  );
}

const GRAVITY = { waiting: 1, transfer: 2, held: 3, failing: 4 };

function worst(marks: Mark[]): Mark | undefined {
  return marks.toSorted((a, b) => GRAVITY[b.state] - GRAVITY[a.state])[0];
}
