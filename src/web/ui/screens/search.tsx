import { useEffect, useRef, useState } from 'preact/hooks';
import type { Folders } from '../../contract/browse.ts';
import type { SearchResults } from '../../contract/search.ts';
import { t } from '../lib/messages.ts';
import { route, setQuery } from '../lib/route.ts';
import { useAnswer } from '../lib/use-answer.ts';
import { Results } from '../parts/results.tsx';
import { Failed } from '../parts/states.tsx';

const TYPING_MS = 120;
/** Maximum number of results per answer. */
const SHOWN = 500;
const FILTERS = ['folder', 'extension', 'origin', 'missingAt', 'deleted', 'after', 'before', 'minSize'] as const;

export function Search() {
  const { query } = route.value;
  const [text, setText] = useState(query.get('q') ?? '');
  const timer = useRef<number>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const write = (value: string) => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setQuery({ q: value }), TYPING_MS) as unknown as number;
  };
  const asked: Record<string, string | undefined> = { q: query.get('q') ?? undefined };
  for (const name of FILTERS) asked[name] = query.get(name) ?? undefined;
  const isAsking = Object.values(asked).some((value) => value !== undefined);
  const { value, trouble, again } = useAnswer<SearchResults>(isAsking ? '/search' : undefined, toQuery(asked));
  // The last results stay while the user types.
  const [shown, setShown] = useState<SearchResults>();
  useEffect(() => setShown((before) => (isAsking ? (value ?? before) : undefined)), [value, isAsking]);
  const folders = useAnswer<Folders>('/folders').value?.folders ?? [];
  const offices = [...new Set(folders.flatMap(({ sites }) => sites))].sort();
  return (
    <section class="page is-wide search">
      <h1>{asked.deleted === 'only' ? t.search.trash : t.search.title}</h1>
      <form role="search" onSubmit={(event) => event.preventDefault()}>
        <input
          type="search"
          autofocus
          aria-label={t.search.label}
          placeholder={t.search.placeholder}
          value={text}
          onInput={(event) => write(event.currentTarget.value)}
        />
        <div class="filters">
          <Choice
            name="folder"
            label={t.search.folder}
            any={t.search.anyFolder}
            values={folders.map(({ name }) => name)}
          />
          <label>
            {t.search.extension}
            <input
              size={5}
              value={asked.extension ?? ''}
              onInput={(event) => setQuery({ extension: event.currentTarget.value.replace(/^\./, '') })}
            />
          </label>
          <Choice name="origin" label={t.search.origin} any={t.search.anyOffice} values={offices} />
          <Choice name="missingAt" label={t.search.missingAt} any={t.search.anyOffice} values={offices} />
          <label>
            {t.search.minSize}
            <input
              type="number"
              min="0"
              size={6}
              value={asked.minSize ?? ''}
              onInput={(event) => setQuery({ minSize: event.currentTarget.value })}
            />
          </label>
          <Day name="after" label={t.search.after} />
          <Day name="before" label={t.search.before} />
          <label>
            {t.search.deleted}
            <select
              value={asked.deleted ?? 'no'}
              onChange={(event) =>
                setQuery({ deleted: event.currentTarget.value === 'no' ? undefined : event.currentTarget.value })
              }
            >
              <option value="no">{t.search.deletedNo}</option>
              <option value="yes">{t.search.deletedYes}</option>
              <option value="only">{t.search.deletedOnly}</option>
            </select>
          </label>
        </div>
      </form>
      {trouble && <Failed trouble={trouble} again={again} />}
      {!isAsking && <p class="muted">{t.search.start}</p>}
      {shown && <Results found={shown} folders={folders} again={again} />}
    </section>
  );
}

function toQuery({
  minSize,
  after,
  before,
  ...rest
}: Record<string, string | undefined>): Record<string, string | undefined> {
  // What is not a day is sent as it is: the site says so.
  const time = (day: string | undefined) =>
    day === undefined || Number.isNaN(Date.parse(day)) ? day : new Date(day).toISOString();
  return {
    ...rest,
    limit: String(SHOWN),
    minSize: minSize === undefined ? undefined : String(Math.round(Number(minSize) * 1e6)),
    after: time(after),
    before: time(before),
  };
}

function Choice({ name, label, any, values }: { name: string; label: string; any: string; values: string[] }) {
  return (
    <label>
      {label}
      <select
        value={route.value.query.get(name) ?? ''}
        onChange={(event) => setQuery({ [name]: event.currentTarget.value })}
      >
        <option value="">{any}</option>
        {values.map((value) => (
          <option key={value}>{value}</option>
        ))}
      </select>
    </label>
  );
}

function Day({ name, label }: { name: string; label: string }) {
  return (
    <label>
      {label}
      <input
        type="date"
        value={route.value.query.get(name) ?? ''}
        onChange={(event) => setQuery({ [name]: event.currentTarget.value })}
      />
    </label>
  );
}
