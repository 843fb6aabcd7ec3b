import type { Timeline } from '../../contract/network.ts';
import { useEvents } from '../lib/live.ts';
import { t } from '../lib/messages.ts';
import { toEntry } from '../lib/route.ts';
import { useThrottled } from '../lib/throttle.ts';
import { usePages } from '../lib/use-pages.ts';
import { bytes, exactly, when } from '../messages/format.ts';
import { Icon } from './icon.tsx';
import { Failed, Loading } from './states.tsx';

const THROTTLE_MS = 1000;

/** Who created, changed and deleted what, newest first. */
export function TimelineList() {
  const { items, next, trouble, complete, again, follow } = usePages<Timeline['happenings'][number]>(
    '/timeline',
    'happenings',
  );
  const soon = useThrottled(again, THROTTLE_MS);
  useEvents((event) => event.type === 'changed' && soon(), []);
  if (trouble) return <Failed trouble={trouble} again={again} />;
  if (!complete) return <Loading />;
  if (items.length === 0) return <p class="muted">{t.network.nothingHappened}</p>;
  return (
    <>
      <ol class="happenings">
        {items.map(({ at, site, author, what, folder, path, name, kind, size, version }) => (
          <li key={version}>
            <time dateTime={at} title={exactly(at)}>
              {when(at)}
            </time>
            <b>{site}</b>
            <span>{t.network.happened(author, site, what)}</span>
            <a href={toEntry(folder, path, 'versions')}>
              <Icon name={kind} />
              <span>
                {folder} / <bdi>{name}</bdi>
              </span>
            </a>
            <small class="muted">{kind === 'file' && bytes(size)}</small>
          </li>
        ))}
      </ol>
      {next !== null && (
        <button type="button" onClick={follow}>
          {t.more}
        </button>
      )}
    </>
  );
}
