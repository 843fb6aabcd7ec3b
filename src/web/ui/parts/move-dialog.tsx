import { useState } from 'preact/hooks';
import type { Entries, Entry } from '../../contract/browse.ts';
import { moveEntries } from '../lib/change.ts';
import { t } from '../lib/messages.ts';
import { showName } from '../lib/names.ts';
import { parentPath } from '../lib/route.ts';
import { useAnswer } from '../lib/use-answer.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './icon.tsx';

/** Browses the directories of the folder to choose where to move the entries. */
export function MoveDialog({
  folder,
  entries,
  start,
  close,
}: {
  folder: string;
  entries: Entry[];
  start: string;
  close: () => void;
}) {
  const [at, setAt] = useState(start);
  const { value } = useAnswer<Entries>(`/folders/${folder}/entries`, {
    path: at,
    limit: '1000',
    locale: navigator.language,
  });
  const own = new Set(entries.map(({ path }) => path));
  // Directories come first.
  const directories = value?.entries.filter(({ kind, path }) => kind === 'dir' && !own.has(path)) ?? [];
  const moveAll = () => {
    close();
    void moveEntries(folder, entries, at);
  };
  return (
    <Dialog title={t.browse.moveTitle(entries.length)} close={close}>
      <p class="muted">
        <bdi>{[folder, ...at.split('/').filter(Boolean).map(showName)].join(' / ')}</bdi>
      </p>
      <ul class="choices">
        {at !== '' && (
          <li>
            <button type="button" class="quiet" onClick={() => setAt(parentPath(at))}>
              <Icon name="up" />
              {t.browse.up}
            </button>
          </li>
        )}
        {directories.map(({ path, name }) => (
          <li key={path}>
            <button type="button" class="quiet" onClick={() => setAt(path)}>
              <Icon name="dir" />
              <bdi>{name}</bdi>
            </button>
          </li>
        ))}
      </ul>
      <footer>
        <button type="button" onClick={close}>
          {t.cancel}
        </button>
        <button type="button" class="main" disabled={at === start} onClick={moveAll}>
          {t.browse.moveButton}
        </button>
      </footer>
    </Dialog>
  );
}
