import { useState } from 'preact/hooks';
import type { Folders } from '../../contract/browse.ts';
import type { SearchResults } from '../../contract/search.ts';
import { t } from '../lib/messages.ts';
import { showName } from '../lib/names.ts';
import { parentPath, route, setQuery, toDirectory, toEntry } from '../lib/route.ts';
import { bytes, exactly, when } from '../messages/format.ts';
import { Icon } from './icon.tsx';
import { Marks } from './marks.tsx';
import { ResultActions } from './result-actions.tsx';
import { Empty } from './states.tsx';

type Found = SearchResults['entries'][number];

const names = new Intl.Collator(globalThis.navigator?.languages as string[], { numeric: true });
const ORDERS: Record<string, (a: Found, b: Found) => number> = {
  name: (a, b) => names.compare(a.entry.name, b.entry.name),
  size: (a, b) => b.entry.size - a.entry.size,
  mtime: (a, b) => (a.entry.mtime < b.entry.mtime ? 1 : -1),
};
type Sort = 'name' | 'size' | 'mtime';

const keyOf = ({ folder, entry }: Found) => `${folder} ${entry.path}`;

interface Props {
  found: SearchResults;
  folders: Folders['folders'];
  again: () => void;
}

/** What a search has found: sortable, and selectable for the actions of a listing. */
export function Results({ found, folders, again }: Props) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { query } = route.value;
  const sort = (query.get('sort') ?? (query.get('deleted') === 'only' ? 'mtime' : 'name')) as Sort;
  const { more, complete } = found;
  const entries = found.entries.toSorted(ORDERS[sort] ?? ORDERS.name);
  const picked = entries.filter((one) => chosen.has(keyOf(one)));
  const offices = new Map(folders.map(({ name, sites }) => [name, sites]));
  const toggle = (key: string) => {
    const now = new Set(chosen);
    if (!now.delete(key)) now.add(key);
    setChosen(now);
  };
  if (entries.length === 0)
    return (
      <Empty icon="search" title={t.search.none}>
        {complete ? t.search.noneHint : t.search.incomplete}
      </Empty>
    );
  const all = picked.length === entries.length;
  return (
    <>
      {picked.length > 0 ? (
        <ResultActions
          picked={picked}
          folders={folders}
          done={() => {
            setChosen(new Set());
            again();
          }}
        />
      ) : (
        <p class="muted" role="status">
          {t.search.found(entries.length)}. {more && t.search.more} {!complete && t.search.incomplete}
        </p>
      )}
      <div class="order">
        <label class="choice">
          <input
            type="checkbox"
            checked={all}
            onChange={() => setChosen(all ? new Set() : new Set(entries.map(keyOf)))}
          />
          {t.search.all}
        </label>
        <label>
          {t.search.sort}
          <select value={sort} onChange={(event) => setQuery({ sort: event.currentTarget.value })}>
            <option value="name">{t.browse.name}</option>
            <option value="size">{t.browse.size}</option>
            <option value="mtime">{t.browse.changed}</option>
          </select>
        </label>
      </div>
      <ul class="results">
        {entries.map((one) => {
          const { folder, entry } = one;
          return (
            <li key={keyOf(one)} class={entry.kind === 'deleted' ? 'is-gone' : ''}>
              <input
                type="checkbox"
                checked={chosen.has(keyOf(one))}
                aria-label={t.browse.choose(entry.name)}
                onChange={() => toggle(keyOf(one))}
              />
              <Icon name={entry.kind} />
              <a
                href={
                  entry.kind === 'dir'
                    ? toDirectory(folder, entry.path)
                    : toEntry(folder, entry.path, entry.kind === 'deleted' ? 'versions' : undefined)
                }
              >
                <bdi>{entry.name}</bdi>
                <small class="muted">
                  <bdi>{[folder, ...parentPath(entry.path).split('/').filter(Boolean).map(showName)].join(' / ')}</bdi>
                </small>
              </a>
              <Marks sites={offices.get(folder) ?? []} marks={entry.marks} />
              <small>{entry.kind === 'file' && bytes(entry.size)}</small>
              <small title={exactly(entry.mtime)}>{when(entry.mtime)}</small>
            </li>
          );
        })}
      </ul>
    </>
  );
}
