import type { Entry } from '../../contract/browse.ts';
import { address } from '../lib/api.ts';
import { t } from '../lib/messages.ts';
import { Icon } from './icon.tsx';

interface Props {
  /** One entry is selected: several cannot be renamed or shared. */
  single: boolean;
  /** They are in one folder. */
  movable: boolean;
  ask: (what: 'rename' | 'move' | 'share') => void;
  remove: () => void;
}

/** The buttons that change selected entries, in a listing and among search results. */
export function ChangeButtons({ single, movable, ask, remove }: Props) {
  return (
    <>
      {single && (
        <button type="button" onClick={() => ask('rename')}>
          <Icon name="rename" />
          <span class="wide">{t.browse.rename}</span>
        </button>
      )}
      {movable && (
        <button type="button" onClick={() => ask('move')}>
          <Icon name="moveTo" />
          <span class="wide">{t.browse.move}</span>
        </button>
      )}
      {single && (
        <button type="button" onClick={() => ask('share')}>
          <Icon name="share" />
          <span class="wide">{t.browse.share}</span>
        </button>
      )}
      <button type="button" onClick={remove}>
        <Icon name="deleted" />
        <span class="wide">{t.browse.remove}</span>
      </button>
    </>
  );
}

/** Downloads a file, or a directory as zip; nothing for other kinds. `at`: a past time that is shown. */
export function DownloadLink({ folder, entry, at }: { folder: string; entry: Entry; at?: string | undefined }) {
  const isDirectory = entry.kind === 'dir';
  if (!isDirectory && entry.kind !== 'file') return null;
  return (
    <a
      class="button"
      href={address(`/folders/${folder}/${isDirectory ? 'zip' : 'file'}`, { path: entry.path, at })}
      download
    >
      <Icon name="download" />
      <span class="wide">{isDirectory ? t.browse.zip : t.browse.download}</span>
    </a>
  );
}
