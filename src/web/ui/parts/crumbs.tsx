import { t } from '../lib/messages.ts';
import { showName } from '../lib/names.ts';
import { toDirectory } from '../lib/route.ts';

export function Crumbs({ folder, path }: { folder: string; path: string }) {
  const parts = path === '' ? [] : path.split('/');
  const places = [
    { name: t.folders.title, to: '/' },
    { name: folder, to: toDirectory(folder, '') },
    ...parts.map((part, i) => ({ name: showName(part), to: toDirectory(folder, parts.slice(0, i + 1).join('/')) })),
  ];
  return (
    <nav class="crumbs" aria-label={t.folders.title}>
      <ol>
        {places.map(({ name, to }, i) => (
          <li key={to}>
            {i === places.length - 1 ? (
              <h1>
                <bdi>{name}</bdi>
              </h1>
            ) : (
              <a href={to}>
                <bdi>{name}</bdi>
              </a>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
