import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { ConflictSide } from '../../contract/versions.ts';
import { address } from '../lib/api.ts';
import { t } from '../lib/messages.ts';
import { isImage, showName } from '../lib/names.ts';
import { lastName } from '../lib/route.ts';
import { bytes, exactly, when } from '../messages/format.ts';

interface Props {
  folder: string;
  path: string;
  /** Of the path; absent: what is there now. */
  version?: string;
  title: string;
  facts: Pick<ConflictSide, 'kind' | 'size' | 'mtime' | 'origin' | 'author'>;
  children?: ComponentChildren;
}

/** One of two contents side by side: the image if it is one, and its properties. */
export function Side({ folder, path, version, title, facts, children }: Props) {
  const { kind, size, mtime, origin, author } = facts;
  const [extent, setExtent] = useState<string>();
  const source = address(`/folders/${folder}/file`, { path, version, as: 'inline' });
  return (
    <div class="side">
      <h3>{title}</h3>
      {isImage(path) && kind === 'file' && (
        <a class="picture" href={source} target="_blank" rel="noreferrer">
          <img
            src={source}
            alt={showName(lastName(path))}
            onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
              naturalWidth > 0 && setExtent(`${naturalWidth} × ${naturalHeight}`)
            }
          />
        </a>
      )}
      <p class="muted">
        {kind === 'file' ? [bytes(size), extent].filter(Boolean).join(' · ') : t.browse.kinds[kind]}
        {' · '}
        <time dateTime={mtime} title={exactly(mtime)}>
          {when(mtime)}
        </time>
        <br />
        {t.versions.by(author, origin)}
      </p>
      {children}
    </div>
  );
}
