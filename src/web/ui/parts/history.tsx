import { useState } from 'preact/hooks';
import type { Version, Versions } from '../../contract/versions.ts';
import { address } from '../lib/api.ts';
import { restore } from '../lib/change.ts';
import { useEvents } from '../lib/live.ts';
import { t } from '../lib/messages.ts';
import { parentPath } from '../lib/route.ts';
import { showError, showToast } from '../lib/state.ts';
import { usePages } from '../lib/use-pages.ts';
import { bytes, exactly, when } from '../messages/format.ts';
import { Compared } from './compared.tsx';
import { Failed, Loading } from './states.tsx';

/** All versions of a path, from every office. */
export function History({ folder, path, writable }: { folder: string; path: string; writable: boolean }) {
  const { items, next, trouble, complete, again, follow } = usePages<Versions['versions'][number]>(
    `/folders/${folder}/versions`,
    'versions',
    path,
  );
  const [pair, setPair] = useState<[string, string]>();
  useEvents(
    (event) => {
      const concerns =
        event.type === 'again' ||
        (event.type === 'changed' &&
          event.folder === folder &&
          (event.directories?.includes(parentPath(path)) ?? true));
      if (concerns) again();
    },
    [folder, path, again],
  );
  if (trouble && items.length === 0) return <Failed trouble={trouble} again={again} />;
  if (!complete) return <Loading />;
  if (items.length === 0) return <p class="muted">{t.versions.none}</p>;
  const current = items.find(({ head }) => head);
  const bringBack = (version: string) =>
    restore(folder, path, version).then(() => showToast(t.versions.restored(version)), showError);
  return (
    <div class="history">
      {pair && (
        <Compared
          folder={folder}
          path={path}
          from={pair[0]}
          to={pair[1]}
          versions={items}
          close={() => setPair(undefined)}
        />
      )}
      <ol>
        {items.map((version) => (
          <Row
            key={version.version}
            folder={folder}
            path={path}
            version={version}
            writable={writable}
            compare={
              current?.kind === 'file' && !version.head ? () => setPair([version.version, current.version]) : undefined
            }
            bringBack={bringBack}
          />
        ))}
      </ol>
      {next !== null && (
        <button type="button" onClick={follow}>
          {t.more}
        </button>
      )}
    </div>
  );
}

interface RowProps {
  folder: string;
  path: string;
  version: Version;
  writable: boolean;
  compare: (() => void) | undefined;
  bringBack: (version: string) => void;
}

function Row({ folder, path, version, writable, compare, bringBack }: RowProps) {
  const { version: id, what, kind, size, origin, author, detectedAt, head, keptHere, seenBy } = version;
  const isFile = kind === 'file';
  return (
    <li>
      <p>
        <b>
          <time dateTime={detectedAt} title={exactly(detectedAt)}>
            {when(detectedAt)}
          </time>
        </b>{' '}
        {t.versions.by(author, origin)} {head && <span class="chip">{t.versions.current}</span>}
        {(what === 'settledThis' || what === 'settledThat') && <span class="chip">{t.versions[what]}</span>}
        {kind === 'deleted' && <span class="chip is-warning">{t.versions.deletion}</span>}
      </p>
      <p class="muted">
        {id}
        {isFile && ` · ${bytes(size)} · ${keptHere ? t.versions.keptHere : t.versions.notHere}`} ·{' '}
        {t.versions.seenBy(seenBy.length)}
      </p>
      {isFile && (
        <p class="buttons">
          <a class="button" href={address(`/folders/${folder}/file`, { path, version: id })} download>
            {t.browse.download}
          </a>
          {writable && !head && (
            <button type="button" onClick={() => bringBack(id)}>
              {t.versions.restore}
            </button>
          )}
          {compare && (
            <button type="button" onClick={compare}>
              {t.versions.compare}
            </button>
          )}
        </p>
      )}
    </li>
  );
}
