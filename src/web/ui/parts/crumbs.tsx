import { useDropTarget } from '../lib/drag.ts';
import { t } from '../lib/messages.ts';
import { showName } from '../lib/names.ts';
import { lastName, pathsTo, toDirectory } from '../lib/route.ts';
import { type Place, Trail } from './trail.tsx';

interface Props {
  folder: string;
  path: string;
  /** A past time that is shown. */
  at: string | undefined;
  /** Called when entries were dropped on a parent directory. */
  moved: () => void;
}

/** The parent directories, on which entries can be dropped. */
export function Crumbs({ folder, path, at, moved }: Props) {
  const places: (Place & { directory?: string })[] = [
    { name: t.folders.title, href: '/' },
    ...pathsTo(path).map((directory) => ({
      name: directory === '' ? folder : showName(lastName(directory)),
      href: toDirectory(folder, directory, at),
      // Nothing can be moved in the past.
      ...(at === undefined && { directory }),
    })),
  ];
  return (
    <Trail
      label={t.folders.title}
      places={places}
      above={(place) => <Above folder={folder} {...place} moved={moved} />}
    />
  );
}

function Above({ folder, directory, name, href, moved }: Place & Omit<Props, 'path' | 'at'> & { directory?: string }) {
  const { isOver, handlers } = useDropTarget(folder, directory, moved);
  return (
    <a href={href} class={isOver ? 'is-target' : ''} draggable={false} {...handlers}>
      <bdi>{name}</bdi>
    </a>
  );
}
