import { useDropTarget } from '../lib/drag.ts';
import { t } from '../lib/messages.ts';
import { showName } from '../lib/names.ts';
import { toDirectory } from '../lib/route.ts';

interface Props {
  folder: string;
  path: string;
  /** Entries were dropped on a directory above. */
  moved: () => void;
}

export function Crumbs({ folder, path, moved }: Props) {
  const parts = path === '' ? [] : path.split('/');
  const places: { name: string; directory?: string }[] = [
    { name: t.folders.title },
    { name: folder, directory: '' },
    ...parts.map((part, i) => ({ name: showName(part), directory: parts.slice(0, i + 1).join('/') })),
  ];
  return (
    <nav class="crumbs" aria-label={t.folders.title}>
      <ol>
        {places.map(({ name, directory }, i) => (
          <li key={directory}>
            {i === places.length - 1 ? (
              <h1>
                <bdi>{name}</bdi>
              </h1>
            ) : (
              <Above folder={folder} directory={directory} name={name} moved={moved} />
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

function Above({
  folder,
  directory,
  name,
  moved,
}: Omit<Props, 'path'> & { directory: string | undefined; name: string }) {
  const { isOver, handlers } = useDropTarget(folder, directory, moved);
  return (
    <a
      href={directory === undefined ? '/' : toDirectory(folder, directory)}
      class={isOver ? 'is-target' : ''}
      draggable={false}
      {...handlers}
    >
      <bdi>{name}</bdi>
    </a>
  );
}
