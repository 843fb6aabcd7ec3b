import { useEffect, useRef, useState } from 'preact/hooks';
import type { Entry } from '../../contract/browse.ts';
import { address } from '../lib/api.ts';
import { removeEntries, restoreEntries } from '../lib/change.ts';
import { t } from '../lib/messages.ts';
import { openFileChooser } from '../lib/pick.ts';
import { route, setQuery } from '../lib/route.ts';
import { sendPicked, type Target } from '../lib/uploads.ts';
import { ChangeButtons, DownloadLink } from './entry-actions.tsx';
import { Icon } from './icon.tsx';
import { MoveDialog } from './move-dialog.tsx';
import { NameDialog } from './name-dialog.tsx';
import { ShareDialog } from './share-dialog.tsx';

interface Props {
  folder: string;
  path: string;
  /** A past time that is shown. */
  at: string | undefined;
  picked: Entry[];
  writable: boolean;
  /** The user may bring back what was here. */
  mayRestore: boolean;
  target: Target;
  /** Clears the selection. */
  done: () => void;
}

type Asked = 'directory' | 'rename' | 'move' | 'share' | undefined;

/** Actions for the directory, or for the selected entries. */
export function Toolbar({ folder, path, at, picked, writable, mayRestore, target, done }: Props) {
  const [asked, setAsked] = useState<Asked>();
  const [one] = picked;
  const single = picked.length === 1 ? one : undefined;
  const close = () => setAsked(undefined);
  const finish = () => {
    close();
    done();
  };
  const gone = picked.filter(({ kind }) => kind === 'deleted');
  // What is deleted can only be restored.
  const changeable = writable && gone.length === 0;
  const removeAll = async () => {
    await removeEntries(folder, picked);
    done();
  };
  const restoreAll = async () => {
    const entries = at === undefined ? gone : picked;
    await restoreEntries(folder, picked.length === 0 ? [path] : entries.map((entry) => entry.path), at);
    done();
  };
  // The latest handler, without waiting for an effect: keys may follow each other at once.
  const press = useRef<(event: KeyboardEvent) => void>(undefined);
  press.current = (event) => {
    if (!(event.target as Element).closest('.grid') || !changeable) return;
    if (event.key === 'F2' && single) setAsked('rename');
    if (event.key === 'Delete' && picked.length > 0) void removeAll();
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => press.current?.(event);
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);
  const upload = async (directory: boolean) => sendPicked(await openFileChooser(directory), target);
  return (
    <div class="toolbar" role="toolbar" aria-label={t.nav.files}>
      {picked.length === 0 ? (
        <>
          {writable && (
            <>
              <button type="button" class="main" onClick={() => upload(false)}>
                <Icon name="upload" />
                {t.browse.upload}
              </button>
              <button type="button" onClick={() => upload(true)}>
                <Icon name="uploadDir" />
                <span class="wide">{t.browse.uploadDirectory}</span>
              </button>
              <button type="button" onClick={() => setAsked('directory')}>
                <Icon name="plus" />
                <span class="wide">{t.browse.newDirectory}</span>
              </button>
            </>
          )}
          {at !== undefined && mayRestore && (
            <button type="button" class="main" onClick={restoreAll}>
              <Icon name="restore" />
              {path === '' ? t.browse.restoreFolder : t.browse.restoreDirectory}
            </button>
          )}
          <a class="button is-rare" href={address(`/folders/${folder}/zip`, { path, at })} download>
            <Icon name="download" />
            <span class="wide">{t.browse.zip}</span>
          </a>
          {writable && (
            <button type="button" class="is-rare" onClick={() => setAsked('share')}>
              <Icon name="share" />
              <span class="wide">{t.browse.share}</span>
            </button>
          )}
          <View folder={folder} />
        </>
      ) : (
        <>
          <b class="count">{t.browse.chosen(picked.length)}</b>
          {single && <DownloadLink folder={folder} entry={single} at={at} />}
          {mayRestore && (at !== undefined || gone.length > 0) && (
            <button type="button" class="main" onClick={restoreAll}>
              <Icon name="restore" />
              {at === undefined ? t.browse.restore : t.browse.restoreThen}
            </button>
          )}
          {changeable && <ChangeButtons single={single !== undefined} movable ask={setAsked} remove={removeAll} />}
          <button type="button" class="quiet" aria-label={t.cancel} onClick={done}>
            <Icon name="close" />
          </button>
        </>
      )}
      {asked === 'directory' && <NameDialog folder={folder} directory={path} close={close} />}
      {asked === 'rename' && single && <NameDialog folder={folder} directory={path} entry={single} close={finish} />}
      {asked === 'move' && <MoveDialog folder={folder} entries={picked} start={path} close={finish} />}
      {asked === 'share' && (
        <ShareDialog
          folder={folder}
          path={single?.path ?? path}
          directory={(single?.kind ?? 'dir') === 'dir'}
          close={finish}
        />
      )}
    </div>
  );
}

/** Which entries are listed: also deleted ones, or those of a past time. */
function View({ folder }: { folder: string }) {
  const { query } = route.value;
  return (
    <details
      class="view"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.currentTarget.open = false;
        event.currentTarget.querySelector('summary')?.focus();
      }}
      onFocusOut={(event) => {
        // It would cover the dates of the rows.
        if (!event.currentTarget.contains(event.relatedTarget as Node | null) && event.relatedTarget)
          event.currentTarget.open = false;
      }}
    >
      <summary class="button">
        <Icon name="view" />
        <span class="wide">{t.browse.options}</span>
      </summary>
      <div>
        <label class="choice">
          <input
            type="checkbox"
            checked={query.get('deleted') === 'yes'}
            onChange={(event) => setQuery({ deleted: event.currentTarget.checked ? 'yes' : undefined })}
          />
          {t.browse.showDeleted}
        </label>
        <a href={`/search?folder=${folder}&deleted=only`}>{t.browse.trash}</a>
        <label>
          {t.browse.asOf}
          <input
            type="datetime-local"
            onChange={({ currentTarget: { value } }) =>
              setQuery({ at: value ? new Date(value).toISOString() : undefined, show: undefined })
            }
          />
        </label>
      </div>
    </details>
  );
}
