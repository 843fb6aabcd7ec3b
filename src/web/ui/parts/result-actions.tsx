import { useState } from 'preact/hooks';
import type { Folders } from '../../contract/browse.ts';
import type { SearchResults } from '../../contract/search.ts';
import { removeEntries, restoreEntries } from '../lib/change.ts';
import { t } from '../lib/messages.ts';
import { parentPath } from '../lib/route.ts';
import { ChangeButtons, DownloadLink } from './entry-actions.tsx';
import { Icon } from './icon.tsx';
import { MoveDialog } from './move-dialog.tsx';
import { NameDialog } from './name-dialog.tsx';
import { ShareDialog } from './share-dialog.tsx';

type Found = SearchResults['entries'][number];

interface Props {
  picked: Found[];
  folders: Folders['folders'];
  /** Clears the selection, and searches again. */
  done: () => void;
}

/** Actions for selected results, which may be of several folders. */
export function ResultActions({ picked, folders, done }: Props) {
  const [asked, setAsked] = useState<'rename' | 'move' | 'share'>();
  const byFolder = [...Map.groupBy(picked, ({ folder }) => folder)];
  const isWritable = byFolder.every(([folder]) => folders.find(({ name }) => name === folder)?.writable === true);
  const gone = picked.filter(({ entry }) => entry.kind === 'deleted');
  const single = picked.length === 1 ? picked[0] : undefined;
  const oneFolder = byFolder.length === 1 ? byFolder[0] : undefined;
  const changeable = isWritable && gone.length === 0;
  const close = () => {
    setAsked(undefined);
    done();
  };
  const removeAll = async () => {
    for (const [folder, some] of byFolder)
      await removeEntries(
        folder,
        some.map(({ entry }) => entry),
      );
    done();
  };
  const restoreAll = async () => {
    for (const [folder, some] of Map.groupBy(gone, ({ folder }) => folder))
      await restoreEntries(
        folder,
        some.map(({ entry }) => entry.path),
      );
    done();
  };
  return (
    <div class="toolbar" role="toolbar" aria-label={t.search.actions}>
      <b class="count">{t.browse.chosen(picked.length)}</b>
      {single && <DownloadLink folder={single.folder} entry={single.entry} />}
      {isWritable && gone.length > 0 && (
        <button type="button" class="main" onClick={restoreAll}>
          <Icon name="restore" />
          {t.browse.restore}
        </button>
      )}
      {changeable && (
        <ChangeButtons
          single={single !== undefined}
          movable={oneFolder !== undefined}
          ask={setAsked}
          remove={removeAll}
        />
      )}
      <button type="button" class="quiet" aria-label={t.cancel} onClick={done}>
        <Icon name="close" />
      </button>
      {asked === 'rename' && single && (
        <NameDialog
          folder={single.folder}
          directory={parentPath(single.entry.path)}
          entry={single.entry}
          close={close}
        />
      )}
      {asked === 'move' && oneFolder && (
        <MoveDialog
          folder={oneFolder[0]}
          entries={oneFolder[1].map(({ entry }) => entry)}
          start={parentPath(oneFolder[1][0]!.entry.path)}
          close={close}
        />
      )}
      {asked === 'share' && single && (
        <ShareDialog
          folder={single.folder}
          path={single.entry.path}
          directory={single.entry.kind === 'dir'}
          close={close}
        />
      )}
    </div>
  );
}
