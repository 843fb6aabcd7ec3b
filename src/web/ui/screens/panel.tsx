import type { Kind } from '../../contract/common.ts';
import { address } from '../lib/api.ts';
import { t } from '../lib/messages.ts';
import { showName } from '../lib/names.ts';
import { lastName, route, setQuery } from '../lib/route.ts';
import { History } from '../parts/history.tsx';
import { Icon } from '../parts/icon.tsx';
import { Preview } from '../parts/preview.tsx';
import { WhereIs } from '../parts/where-is.tsx';

const TABS = ['where', 'versions', 'preview'] as const;

interface Props {
  folder: string;
  path: string;
  /** A past time that is shown. */
  at: string | undefined;
  /** As far as it is known. */
  kind: Kind | undefined;
  writable: boolean;
}

/** Details of one entry: where it is, its history, its content. */
export function Panel({ folder, path, at, kind, writable }: Props) {
  // Where it is, is known of now only.
  const tabs = at === undefined ? TABS : TABS.filter((one) => one !== 'where');
  const tab = tabs.find((one) => one === route.value.query.get('tab')) ?? (at === undefined ? 'where' : 'preview');
  const name = showName(lastName(path));
  const close = () => setQuery({ show: undefined, tab: undefined });
  return (
    <aside class="panel" aria-label={name} onKeyDown={(event) => event.key === 'Escape' && close()}>
      <header>
        <button type="button" class="quiet back" aria-label={t.close} onClick={close}>
          <Icon name="close" />
        </button>
        <h2>
          <bdi>{name}</bdi>
        </h2>
        {kind !== 'deleted' && kind !== 'symlink' && (
          <a
            class="button quiet"
            href={address(`/folders/${folder}/${kind === 'dir' ? 'zip' : 'file'}`, { path, at })}
            download
            aria-label={`${t.browse.download} ${name}`}
          >
            <Icon name="download" />
          </a>
        )}
      </header>
      <nav class="tabs" aria-label={name}>
        {tabs.map((one) => (
          <button
            key={one}
            type="button"
            aria-current={one === tab ? 'true' : undefined}
            onClick={() => setQuery({ tab: one })}
          >
            {t.panel[one]}
          </button>
        ))}
      </nav>
      {tab === 'where' && <WhereIs folder={folder} path={path} />}
      {tab === 'versions' && <History folder={folder} path={path} writable={writable} />}
      {tab === 'preview' && <Preview folder={folder} path={path} at={at} />}
    </aside>
  );
}
