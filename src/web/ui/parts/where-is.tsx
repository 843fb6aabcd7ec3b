import { useRef } from 'preact/hooks';
import type { Hop, Where } from '../../contract/where.ts';
import { useEvents } from '../lib/live.ts';
import { t } from '../lib/messages.ts';
import { session } from '../lib/state.ts';
import { useThrottled } from '../lib/throttle.ts';
import { useAnswer } from '../lib/use-answer.ts';
import { bytes, duration, rate, when } from '../messages/format.ts';
import { Dot, words } from './marks.tsx';
import { Pipeline } from './pipeline.tsx';
import { Failed, Loading } from './states.tsx';
import { UnreachableOffices } from './unreachable-offices.tsx';
import { Reason } from './wrong.tsx';

const THROTTLE_MS = 300;

/** Where a file is on its route, live. */
export function WhereIs({ folder, path }: { folder: string; path: string }) {
  const { value, trouble, again } = useAnswer<Where>(`/folders/${folder}/where`, { path });
  const soon = useThrottled(again, THROTTLE_MS);
  useEvents(() => soon(), [folder, path]);
  const forwards = useForwards();
  if (trouble && !value) return <Failed trouble={trouble} again={again} />;
  if (!value) return <Loading />;
  const { head, offices, asOf } = value;
  const hops = forwards(`${folder} ${path} ${head.version}`, value.hops);
  const missing = offices.filter(({ state }) => state !== 'has');
  return (
    <div class="where">
      <p class="lead">{leadOf({ ...value, hops })}</p>
      <UnreachableOffices offices={value.away} />
      <Pipeline where={{ ...value, hops }} />
      {hops
        .filter(({ state }) => state !== 'has')
        .map((hop) => (
          <dl class="hop" key={`${hop.from} ${hop.to}`}>
            <dt>
              <Dot mark={hop.state === 'has' ? undefined : { state: hop.state, percent: hop.percent }} /> {hop.from} →{' '}
              {hop.to}
            </dt>
            <dd>
              {hop.state === 'transfer' && (
                <>
                  {t.panel.progress(bytes(hop.bytesDone), bytes(hop.bytesTotal))}
                  {hop.rate !== null && `, ${rate(hop.rate)}`}
                  {hop.expectedSeconds !== null && `, ${t.panel.inTime(duration(hop.expectedSeconds))}`}
                  <br />
                </>
              )}
              {hop.trouble && (
                <b class="bad">
                  <Reason of={hop.trouble} />{' '}
                </b>
              )}
              {nextOf(hop, hops)}
              {hop.nextTry !== null && ` (${t.panel.nextTry(when(hop.nextTry))})`}
            </dd>
          </dl>
        ))}
      <ul class="offices">
        {offices.map(({ site, state }) => {
          const mark =
            missing.some((one) => one.site === site) && state !== 'has'
              ? { state, percent: percentAt(hops, site) }
              : undefined;
          return (
            <li key={site}>
              <Dot mark={mark} />
              <b>{site}</b>
              <span>{words(mark)}</span>
            </li>
          );
        })}
      </ul>
      <p class="muted">
        {t.panel.made(head.author, head.origin, when(head.detectedAt))}
        {head.kind === 'file' && `, ${bytes(head.size)}`}
        <br />
        {t.panel.asOf(when(asOf))}
      </p>
    </div>
  );
}

const percentAt = (hops: Hop[], site: string) => hops.find(({ to }) => to === site)?.percent ?? 0;

/** A restarted transfer reports less progress than before: show the maximum per version and step. */
function useForwards(): (key: string, hops: Hop[]) => Hop[] {
  const seen = useRef({ key: '', hops: new Map<string, Hop>() });
  return (key, hops) => {
    if (seen.current.key !== key) seen.current = { key, hops: new Map() };
    return hops.map((hop) => {
      const before = seen.current.hops.get(`${hop.from} ${hop.to}`);
      const now = before && before.percent > hop.percent ? { ...hop, ...pick(before) } : hop;
      seen.current.hops.set(`${hop.from} ${hop.to}`, now);
      return now;
    });
  };
}

const pick = ({ percent, bytesDone }: Hop) => ({ percent, bytesDone });

/** What happens next on one step. */
function nextOf({ from, to, state }: Hop, hops: Hop[]): string {
  if (state === 'failing') return t.panel.triedAgain;
  if (state === 'transfer') return t.panel.rest(from);
  const isThere = hops.find((hop) => hop.to === from)?.state ?? 'has';
  return isThere === 'has' ? t.panel.next(from, to) : t.panel.waits(from, to);
}

/** The most important sentence, shown first. */
function leadOf({ head, offices, hops }: Where): string {
  const missing = offices.filter(({ state }) => state !== 'has');
  if (missing.length === 0) return t.panel.everywhere;
  const site = typeof session.value === 'object' ? session.value.site : '';
  const first = hops.find(({ from, state }) => from === site && head.origin === site && state === 'transfer');
  return first ? t.panel.toHub(first.percent) : t.panel.missing(missing.length);
}
