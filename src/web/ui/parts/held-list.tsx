import { useGrid } from '../lib/grid.ts';
import type { HeldRow } from '../lib/held-tree.ts';
import { t } from '../lib/messages.ts';
import { showName } from '../lib/names.ts';
import { bytes, exactly, when } from '../messages/format.ts';
import { Icon } from './icon.tsx';
import { VirtualRows } from './virtual.tsx';

/** px; the same as in browse.css. */
const ROW = 36;

interface Props {
  rows: HeldRow[];
  chosen: ReadonlySet<string>;
  choose: (chosen: ReadonlySet<string>) => void;
  open: (row: HeldRow) => void;
  up: () => void;
  byKeyboard: { current: boolean };
}

/** Held changes, directory by directory. */
export function HeldList({ rows, chosen, choose, open, up, byKeyboard }: Props) {
  const grid = useGrid({
    count: rows.length,
    pathAt: (index) => rows[index]?.path,
    allPaths: async () => rows.map(({ path }) => path),
    chosen,
    choose,
    open: (index) => open(rows[index]!),
    up,
    byKeyboard,
    leave: () => undefined,
  });
  return (
    <div
      {...grid.props}
      class="grid is-held"
      aria-rowcount={rows.length + 1}
      aria-multiselectable="true"
      aria-label={t.held.keys}
    >
      <div class="row is-head" role="row" aria-rowindex={1}>
        <span class="cell is-choice" role="columnheader" aria-label={t.browse.choose('')} />
        <span role="columnheader">{t.browse.name}</span>
        <span role="columnheader">{t.held.happened}</span>
        <span class="cell is-size" role="columnheader">
          {t.held.before}
        </span>
        <span class="cell is-mtime" role="columnheader">
          {t.held.since}
        </span>
      </div>
      <VirtualRows
        count={rows.length}
        height={ROW}
        cursor={grid.visible}
        row={(index) => {
          const row = rows[index]!;
          const isChosen = chosen.has(row.path);
          const name = row.isDirectory ? showName(row.name) : row.name;
          return (
            <div
              key={row.path}
              id={`row-${index}`}
              class={['row', index === grid.at && 'is-at', isChosen && 'is-chosen'].filter(Boolean).join(' ')}
              role="row"
              aria-rowindex={index + 2}
              aria-selected={isChosen}
              onClick={(event) => {
                grid.point(index);
                if (event.shiftKey || event.ctrlKey || event.metaKey) grid.toggle(index, event);
                else open(row);
              }}
            >
              <span class="cell is-choice" role="gridcell" onClick={(event) => event.stopPropagation()}>
                <input
                  type="checkbox"
                  tabIndex={-1}
                  checked={isChosen}
                  aria-label={t.browse.choose(name)}
                  onClick={(event) => grid.toggle(index, event)}
                />
              </span>
              <span class="cell is-name" role="gridcell">
                <Icon name={row.isDirectory ? 'dir' : 'file'} />
                <bdi>{name}</bdi>
              </span>
              <span class="cell is-what" role="gridcell">
                {row.isDirectory
                  ? t.held.counts(row.deletions, row.overwrites)
                  : row.deletions > 0
                    ? t.held.kinds.deleted
                    : t.held.kinds.overwritten}
              </span>
              <span class="cell is-size" role="gridcell">
                {bytes(row.bytes)}
              </span>
              <span class="cell is-mtime" role="gridcell">
                <time dateTime={row.since} title={exactly(row.since)}>
                  {when(row.since)}
                </time>
              </span>
            </div>
          );
        }}
      />
    </div>
  );
}
