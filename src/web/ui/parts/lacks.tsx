import type { Lacks as LacksAnswer } from '../../contract/network.ts';
import { useEvents } from '../lib/live.ts';
import { t } from '../lib/messages.ts';
import { toEntry } from '../lib/route.ts';
import { useThrottled } from '../lib/throttle.ts';
import { usePages } from '../lib/use-pages.ts';
import { ago, bytes, duration } from '../messages/format.ts';
import { Dot, words } from './marks.tsx';
import { Failed, Loading } from './states.tsx';
import { Reason } from './wrong.tsx';

const THROTTLE_MS = 1000;

/** What an office is missing, oldest first. */
export function Lacks({ site }: { site: string }) {
  const { items, next, trouble, complete, again, follow } = usePages<LacksAnswer['files'][number]>(
    `/network/${site}/lacks`,
    'files',
  );
  const soon = useThrottled(again, THROTTLE_MS);
  useEvents((event) => event.type === 'standing' && soon(), [site]);
  if (trouble) return <Failed trouble={trouble} again={again} />;
  if (!complete) return <Loading />;
  if (items.length === 0) return <p class="muted">{t.network.nothingLacks}</p>;
  return (
    <div class="lacks">
      <h4>{t.network.whatItLacks(site)}</h4>
      <ul>
        {items.map(({ folder, path, name, size, version, since, state, percent, expectedSeconds, trouble }) => {
          const mark = state === 'has' ? undefined : { state, percent: percent ?? 0 };
          return (
            <li key={`${folder} ${path} ${version}`}>
              <Dot mark={mark} />
              <a href={toEntry(folder, path)}>
                {folder} / <bdi>{name}</bdi>
              </a>
              <span>{bytes(size)}</span>
              <span class="muted">
                {trouble ? <Reason of={trouble} /> : words(mark)} · {ago(since)}
                {expectedSeconds !== null && ` · ${t.network.expected(duration(expectedSeconds))}`}
              </span>
            </li>
          );
        })}
      </ul>
      {next !== null && (
        <button type="button" onClick={follow}>
          {t.more}
        </button>
      )}
    </div>
  );
}
