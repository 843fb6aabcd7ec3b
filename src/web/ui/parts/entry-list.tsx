import { useEffect, useRef, useState } from 'preact/hooks';
import type { Entry } from '../../contract/browse.ts';
import { drag, useDropTarget } from '../lib/drag.ts';
import { bytes, exactly, when } from '../lib/format.ts';
import { t } from '../lib/messages.ts';
import { setQuery } from '../lib/route.ts';
import { freshMarks } from '../lib/transfers.ts';
import { Icon } from './icon.tsx';
import { Marks } from './marks.tsx';
import { VirtualRows } from './virtual.tsx';

/** px; the same in browse.css. */
const ROW = 36;

interface Props {
  folder: string;
  listing: { entries: Entry[]; sites: string[]; total: number | null; next: string | null; follow(): void };
  sorting: { sort: string; order: string };
  sortable: boolean;
  chosen: ReadonlySet<string>;
  choose: (chosen: ReadonlySet<string>) => void;
  shown: string | undefined;
  writable: boolean;
  open: (entry: Entry) => void;
  up: () => void;
}

/** The entries as a grid that one keyboard focus walks through. */
export function EntryList(props: Props) {
  const { listing, chosen, choose, open, up } = props;
  const { entries, total, next } = listing;
  const [cursor, setCursor] = useState(0);
  const anchor = useRef(0);
  const count = Math.max(entries.length, total ?? entries.length + (next === null ? 0 : 1));
  const last = Math.max(0, entries.length - 1);
  const at = Math.min(cursor, last);
  useEffect(() => {
    if (cursor > last) setCursor(last);
  }, [last]);

  const moveTo = (index: number, event: { shiftKey: boolean }) => {
    const to = Math.max(0, Math.min(last, index));
    setCursor(to);
    if (event.shiftKey) chooseRange(anchor.current, to);
    else anchor.current = to;
  };
  const chooseRange = (a: number, b: number) =>
    choose(new Set(entries.slice(Math.min(a, b), Math.max(a, b) + 1).map(({ path }) => path)));
  const toggle = (index: number, event: { shiftKey: boolean }) => {
    const { path } = entries[index]!;
    if (event.shiftKey) return chooseRange(anchor.current, index);
    anchor.current = index;
    const now = new Set(chosen);
    if (!now.delete(path)) now.add(path);
    choose(now);
  };
  const page = 15;
  const keys: Record<string, (event: KeyboardEvent) => void> = {
    ArrowDown: (event) => moveTo(at + 1, event),
    ArrowUp: (event) => moveTo(at - 1, event),
    PageDown: (event) => moveTo(at + page, event),
    PageUp: (event) => moveTo(at - page, event),
    Home: (event) => moveTo(0, event),
    End: (event) => moveTo(last, event),
    Enter: () => entries[at] && open(entries[at]),
    ' ': (event) => entries[at] && toggle(at, event),
    Backspace: up,
    Escape: () => (chosen.size > 0 ? choose(new Set()) : setQuery({ show: undefined })),
  };
  const press = (event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && event.key === 'a') choose(new Set(entries.map(({ path }) => path)));
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (keys[event.key]) keys[event.key]!(event);
    else return;
    event.preventDefault();
  };

  return (
    <div
      class="grid"
      role="grid"
      tabIndex={0}
      aria-rowcount={total === null ? -1 : total + 1}
      aria-multiselectable="true"
      aria-activedescendant={`row-${at}`}
      aria-label={t.browse.keys}
      onKeyDown={press}
    >
      <Head {...props} />
      <VirtualRows
        count={count}
        height={ROW}
        cursor={at === 0 && cursor === 0 ? undefined : at}
        reached={(index) => index >= entries.length - 1 && listing.follow()}
        row={(index) => {
          const entry = entries[index];
          if (!entry) return <div key={index} class="row is-coming" role="row" aria-rowindex={index + 2} />;
          return (
            <Row
              key={entry.path}
              {...props}
              entry={entry}
              index={index}
              isAt={index === at}
              toggle={toggle}
              point={() => setCursor(index)}
            />
          );
        }}
      />
    </div>
  );
}

function Head({ sorting, sortable, listing }: Props) {
  const column = (sort: 'name' | 'size' | 'mtime', text: string) => {
    const current = sorting.sort === sort;
    const order = current && sorting.order === 'asc' ? 'desc' : 'asc';
    const said = current ? (sorting.order === 'asc' ? 'ascending' : 'descending') : 'none';
    return (
      <span class={`cell is-${sort}`} role="columnheader" aria-sort={said}>
        {sortable ? (
          <button type="button" class="quiet" onClick={() => setQuery({ sort, order })}>
            {text}
            {current && <i aria-hidden="true">{sorting.order === 'asc' ? '↑' : '↓'}</i>}
          </button>
        ) : (
          text
        )}
      </span>
    );
  };
  return (
    <div class="row is-head" role="row" aria-rowindex={1}>
      <span class="cell is-choice" role="columnheader" aria-label={t.browse.choose('')} />
      {column('name', t.browse.name)}
      <span class="cell is-marks" role="columnheader" title={listing.sites.join(' · ')}>
        {t.browse.offices}
      </span>
      {column('size', t.browse.size)}
      {column('mtime', t.browse.changed)}
    </div>
  );
}

interface RowProps extends Props {
  entry: Entry;
  index: number;
  isAt: boolean;
  toggle: (index: number, event: { shiftKey: boolean }) => void;
  point: () => void;
}

function Row(props: RowProps) {
  const { folder, listing, entry, index, isAt, chosen, choose, shown, writable, open, toggle, point } = props;
  const { path, name, kind, size, mtime, version, conflict, here } = entry;
  const isChosen = chosen.has(path);
  const isMovable = writable && kind !== 'deleted';
  const target = useDropTarget(folder, isMovable && kind === 'dir' ? path : undefined, () => choose(new Set()));
  const classes = [
    'row',
    isAt && 'is-at',
    isChosen && 'is-chosen',
    shown === path && 'is-shown',
    kind === 'deleted' && 'is-gone',
    target.isOver && 'is-target',
  ];
  return (
    <div
      id={`row-${index}`}
      class={classes.filter(Boolean).join(' ')}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isChosen}
      draggable={isMovable}
      onDragStart={(event) =>
        drag(event, folder, isChosen ? listing.entries.filter((one) => chosen.has(one.path)) : [entry])
      }
      {...target.handlers}
      onClick={(event) => {
        point();
        if (event.shiftKey || event.ctrlKey || event.metaKey) toggle(index, event);
        else open(entry);
      }}
    >
      <span class="cell is-choice" role="gridcell" onClick={(event) => event.stopPropagation()}>
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isChosen}
          aria-label={t.browse.choose(name)}
          onClick={(event) => toggle(index, event)}
        />
      </span>
      <span class="cell is-name" role="gridcell">
        <Icon name={kind} />
        <span class="hidden">{t.browse.kinds[kind]}</span>
        <bdi
          title={here || kind !== 'file' ? undefined : t.browse.notHere}
          class={here || kind !== 'file' ? '' : 'is-elsewhere'}
        >
          {name}
        </bdi>
        {conflict && (
          <span class="chip is-warning" title={t.browse.conflict}>
            <Icon name="conflict" />
            <span class="wide">{t.browse.conflict}</span>
          </span>
        )}
      </span>
      <span class="cell is-marks" role="gridcell">
        <Marks sites={listing.sites} marks={freshMarks(folder, path, version, entry.marks)} />
      </span>
      <span class="cell is-size" role="gridcell">
        {kind === 'file' ? bytes(size) : ''}
      </span>
      <span class="cell is-mtime" role="gridcell">
        <time dateTime={mtime} title={exactly(mtime)}>
          {when(mtime)}
        </time>
      </span>
    </div>
  );
}
