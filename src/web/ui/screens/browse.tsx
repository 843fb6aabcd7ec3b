import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Entry, Folders } from '../../contract/browse.ts';
import { PAGE_API } from '../../contract/page-api.ts';
import { useEntries } from '../lib/entries.ts';
import { t } from '../lib/messages.ts';
import { droppedFiles } from '../lib/pick.ts';
import { go, parentPath, route, setQuery, toDirectory } from '../lib/route.ts';
import { useTransfers } from '../lib/transfers.ts';
import { sendPicked } from '../lib/uploads.ts';
import { useAnswer } from '../lib/use-answer.ts';
import { exactly } from '../messages/format.ts';
import { Crumbs } from '../parts/crumbs.tsx';
import { EntryList } from '../parts/entry-list.tsx';
import { HeldBanner } from '../parts/held-banner.tsx';
import { Empty, Failed, Loading } from '../parts/states.tsx';
import { Toolbar } from '../parts/toolbar.tsx';
import { UnreachableOffices } from '../parts/unreachable-offices.tsx';
import { Wrong } from '../parts/wrong.tsx';
import { Panel } from './panel.tsx';

/** A directory, with a side panel for one of its entries. */
export function Browse({ folder, path }: { folder: string; path: string }) {
  const { query } = route.value;
  const at = query.get('at') ?? undefined;
  const deleted = query.get('deleted') === 'yes';
  const shown = query.get('show') ?? undefined;
  const sorting = {
    sort: (query.get('sort') ?? 'name') as 'name' | 'size' | 'mtime',
    order: (query.get('order') ?? 'asc') as 'asc' | 'desc',
  };
  const folders = useAnswer<Folders>('/folders').value;
  const facts = folders?.folders.find(({ name }) => name === folder);
  const listing = useEntries(folder, path, sorting, { ...(at !== undefined && { at }), deleted });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [isOver, setIsOver] = useState(false);
  const byKeyboard = useRef(false);
  useTransfers();
  useEffect(() => setChosen(new Set()), [folder, path, at]);
  // What no longer exists is no longer selected.
  const picked = useMemo(() => listing.entries.filter((entry) => chosen.has(entry.path)), [listing.entries, chosen]);
  const writable = facts?.writable === true && at === undefined;
  const target = {
    endpoint: `${PAGE_API}/folders/${folder}/uploads`,
    directory: path,
    folder,
  };

  const open = (entry: Entry) => {
    if (entry.kind === 'dir') go(toDirectory(folder, entry.path, at));
    else setQuery({ show: entry.path }, shown !== undefined);
  };
  const up = () => {
    if (path !== '') go(toDirectory(folder, parentPath(path), at));
  };
  const drop = async (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    setIsOver(false);
    if (writable) sendPicked(await droppedFiles(event.dataTransfer), target);
  };
  const dropInto = async (directory: string, data: DataTransfer) =>
    sendPicked(await droppedFiles(data), { ...target, directory });
  const over = (event: DragEvent) => {
    if (!writable || !event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    setIsOver(true);
  };

  return (
    <div class={shown === undefined ? 'browse' : 'browse has-panel'}>
      <section
        class={isOver ? 'files is-over' : 'files'}
        data-drop={t.browse.drop}
        onDragOver={over}
        onDragLeave={(event) => event.currentTarget === event.target && setIsOver(false)}
        onDrop={drop}
      >
        <Crumbs folder={folder} path={path} at={at} moved={() => setChosen(new Set())} />
        <Toolbar
          folder={folder}
          path={path}
          at={at}
          picked={picked}
          writable={writable}
          mayRestore={facts?.writable === true}
          target={target}
          done={() => setChosen(new Set())}
        />
        {at !== undefined && (
          <p class="notice">
            {t.browse.past(exactly(at))}{' '}
            <button type="button" onClick={() => setQuery({ at: undefined })}>
              {t.browse.now}
            </button>
          </p>
        )}
        <UnreachableOffices offices={listing.away} />
        <HeldBanner folder={folder} />
        {facts?.trouble && <Wrong trouble={facts.trouble} />}
        {contents()}
      </section>
      {shown !== undefined && (
        <Panel
          key={shown}
          folder={folder}
          path={shown}
          at={at}
          kind={listing.entries.find((entry) => entry.path === shown)?.kind}
          writable={writable}
        />
      )}
    </div>
  );

  function contents() {
    if (listing.trouble && listing.entries.length === 0)
      return <Failed trouble={listing.trouble} again={listing.again} />;
    if (!listing.complete) return <Loading />;
    if (listing.entries.length === 0)
      return (
        <Nothing byKeyboard={byKeyboard} up={up}>
          <Empty icon="dir" title={at === undefined ? t.browse.empty : t.browse.emptyThen}>
            {writable ? t.browse.emptyHint : at === undefined && t.browse.readOnly}
          </Empty>
        </Nothing>
      );
    return (
      <EntryList
        key={path}
        byKeyboard={byKeyboard}
        folder={folder}
        listing={listing}
        sorting={sorting}
        sortable={at === undefined}
        chosen={chosen}
        choose={setChosen}
        shown={shown}
        writable={writable}
        dropInto={dropInto}
        open={open}
        up={up}
      />
    );
  }
}

interface NothingProps {
  byKeyboard: { current: boolean };
  up: () => void;
  children: ComponentChildren;
}

/** When there are no rows, the keyboard can still navigate up. */
function Nothing({ byKeyboard, up, children }: NothingProps) {
  const element = useRef<HTMLDivElement>(null);
  // Before painting, so that the keyboard works as soon as it is visible.
  useLayoutEffect(() => {
    if (byKeyboard.current) element.current?.focus();
    byKeyboard.current = false;
  }, []);
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'Backspace') return;
    byKeyboard.current = true;
    up();
  };
  return (
    <div ref={element} class="nothing" tabIndex={-1} onKeyDown={press}>
      {children}
    </div>
  );
}
