import { useState } from 'preact/hooks';
import type { Entry } from '../../contract/browse.ts';
import { drag, useDropTarget } from '../lib/drag.ts';
import type { EntryListing } from '../lib/entries.ts';
import { useGrid } from '../lib/grid.ts';
import { t } from '../lib/messages.ts';
import { setQuery } from '../lib/route.ts';
import { freshMarks } from '../lib/transfers.ts';
import { bytes, exactly, when } from '../messages/format.ts';
import { Icon } from './icon.tsx';
import { Marks } from './marks.tsx';
import { VirtualRows } from './virtual.tsx';

/** px; the same as in browse.css. */
const ROW = 36;

interface Props {
  folder: string;
  listing: EntryListing;
  sorting: { sort: string; order: string };
  sortable: boolean;
  chosen: ReadonlySet<string>;
  choose: (chosen: ReadonlySet<string>) => void;
  shown: string | undefined;
  writable: boolean;
  /** Uploads what was dropped on a directory. */
  dropInto: (directory: string, data: DataTransfer) => void;
  open: (entry: Entry) => void;
  up: () => void;
  byKeyboard: { current: boolean };
}

/** The entries as a grid with a keyboard cursor. */
export function EntryList(props: Props) {
  const { listing, chosen, choose, open, up, byKeyboard } = props;
  const { count } = listing;
  const grid = useGrid({
    count,
    pathAt: (index) => listing.at(index)?.path,
    allPaths: async () => (await listing.all()).map(({ path }) => path),
    chosen,
    choose,
    open: (index) => open(listing.at(index)!),
    up,
    byKeyboard,
    leave: () => setQuery({ show: undefined }),
  });
  return (
    <div {...grid.props} class="grid" aria-rowcount={count + 1} aria-multiselectable="true" aria-label={t.browse.keys}>
      <Head {...props} />
      <VirtualRows
        count={count}
        height={ROW}
        cursor={grid.visible}
        onRender={listing.onVisible}
        row={(index) => {
          const entry = listing.at(index);
          if (!entry) return <div key={index} class="row is-coming" role="row" aria-rowindex={index + 2} />;
          return (
            <Row
              key={index}
              {...props}
              entry={entry}
              index={index}
              isAt={index === grid.at}
              toggle={grid.toggle}
              point={() => grid.point(index)}
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
  const isPast = !props.sortable;
  const { path, name, kind, size, mtime, version, conflict, here, below } = entry;
  // What is below a directory may not have been counted yet, and is not for a past time.
  const isKnown = kind !== 'dir' || below !== null || isPast;
  const isChosen = chosen.has(path);
  const isMovable = writable && kind !== 'deleted';
  const target = useDropTarget(folder, isMovable && kind === 'dir' ? path : undefined, () => choose(new Set()));
  const [isFilesOver, setFilesOver] = useState(false);
  const takesFiles = isMovable && kind === 'dir';
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
  // Files from the desktop go into the directory on whose row they are dropped; entries of this folder are moved.
  const files = {
    onDragOver(event: DragEvent) {
      if (!hasFiles(event)) return target.handlers.onDragOver(event);
      event.preventDefault();
      event.stopPropagation();
      setFilesOver(true);
    },
    onDragLeave(event: DragEvent) {
      setFilesOver(false);
      target.handlers.onDragLeave(event);
    },
    onDrop(event: DragEvent) {
      setFilesOver(false);
      if (!hasFiles(event) || !event.dataTransfer) return target.handlers.onDrop(event);
      event.preventDefault();
      event.stopPropagation();
      props.dropInto(path, event.dataTransfer);
    },
  };
  const classes = [
    'row',
    isAt && 'is-at',
    isChosen && 'is-chosen',
    shown === path && 'is-shown',
    kind === 'deleted' && 'is-gone',
    (target.isOver || isFilesOver) && 'is-target',
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
      {...(takesFiles && files)}
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
        {isKnown ? (
          <Marks sites={listing.sites} marks={freshMarks(folder, path, version, entry.marks)} />
        ) : (
          <span class="muted" title={t.marks.unknown}>
            …<span class="hidden">{t.marks.unknown}</span>
          </span>
        )}
      </span>
      <span class="cell is-size" role="gridcell" title={below ? t.browse.files(below.files) : undefined}>
        {kind === 'file' ? bytes(size) : below && below.files > 0 ? bytes(below.bytes) : ''}
      </span>
      <span class="cell is-mtime" role="gridcell">
        <time dateTime={mtime} title={exactly(mtime)}>
          {when(mtime)}
        </time>
      </span>
    </div>
  );
}
