import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Decision, held, useHeldChanges } from '../lib/held.ts';
import { type HeldRow, heldRowsAt } from '../lib/held-tree.ts';
import { t } from '../lib/messages.ts';
import { showName } from '../lib/names.ts';
import { go, lastName, parentPath, pathsTo, toEntry } from '../lib/route.ts';
import { bytes, integer, when } from '../messages/format.ts';
import { HeldDialog } from '../parts/held-dialog.tsx';
import { HeldList } from '../parts/held-list.tsx';
import { Icon } from '../parts/icon.tsx';
import { Empty, Failed, Loading } from '../parts/states.tsx';
import { Trail } from '../parts/trail.tsx';

const toHeld = (folder: string, path: string) => `/held/${folder}${path && `/${path}`}`;

/** The held changes of one folder, to browse and to decide: all of them, or some. */
export function HeldFolder({ folder, path }: { folder: string; path: string }) {
  const { changes, total, complete, trouble, again } = useHeldChanges(folder);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<Decision>();
  const byKeyboard = useRef(false);
  useEffect(() => setChosen(new Set()), [folder, path]);
  const rows = useMemo(() => heldRowsAt(changes, path), [changes, path]);
  const facts = held.value?.find((one) => one.folder === folder);
  if (trouble && changes.length === 0) return <Failed trouble={trouble} again={again} />;
  if (!complete) return <Loading />;
  if (rows.length === 0)
    return (
      <Empty icon="check" title={t.held.none}>
        <a href={path === '' ? `/f/${folder}` : toHeld(folder, '')}>{path === '' ? t.held.toFolder : t.held.toAll}</a>
      </Empty>
    );
  const picked = rows.filter((row) => chosen.has(row.path));
  const meant = picked.length > 0 ? picked : rows;
  const sum = (key: 'deletions' | 'overwrites') => meant.reduce((all, row) => all + row[key], 0);
  const isAll = picked.length === 0 && path === '';
  const paths = isAll ? undefined : picked.length > 0 ? picked.map((row) => row.path) : [path];
  const open = (row: HeldRow) => go(row.isDirectory ? toHeld(folder, row.path) : toEntry(folder, row.path, 'versions'));
  const places = [
    { name: t.held.title, href: '/held' },
    ...pathsTo(path).map((directory) => ({
      name: directory === '' ? folder : showName(lastName(directory)),
      href: toHeld(folder, directory),
    })),
  ];
  return (
    <section class="files">
      <Trail label={t.held.title} places={places} />
      <p class="lead is-calm">
        {t.held.what(facts?.deletions ?? 0, facts?.overwrites ?? 0)}{' '}
        <small class="muted">
          {facts && `${bytes(facts.bytes)} · ${t.held.sinceWhen(when(facts.since))}. `}
          {t.held.why} {total > changes.length && t.held.some(integer(changes.length))}
        </small>
      </p>
      <div class="toolbar" role="toolbar" aria-label={t.held.title}>
        {picked.length > 0 && <b class="count">{t.browse.chosen(picked.length)}</b>}
        {facts?.mayDecide ? (
          (['reject', 'approve'] as const).map((verdict) => (
            <button key={verdict} type="button" onClick={() => setAsked(verdict)}>
              <Icon name={verdict === 'reject' ? 'restore' : 'check'} />
              {picked.length > 0 ? t.held.chosen[verdict] : isAll ? t.held.all[verdict] : t.held.here[verdict]}
            </button>
          ))
        ) : (
          <span class="muted">{t.held.mayNot}</span>
        )}
        {picked.length > 0 && (
          <button type="button" class="quiet" aria-label={t.cancel} onClick={() => setChosen(new Set())}>
            <Icon name="close" />
          </button>
        )}
      </div>
      <HeldList
        key={path}
        byKeyboard={byKeyboard}
        rows={rows}
        chosen={chosen}
        choose={setChosen}
        open={open}
        up={() => go(path === '' ? '/held' : toHeld(folder, parentPath(path)))}
      />
      {asked && (
        <HeldDialog
          folder={folder}
          verdict={asked}
          paths={paths}
          deletions={isAll ? (facts?.deletions ?? 0) : sum('deletions')}
          overwrites={isAll ? (facts?.overwrites ?? 0) : sum('overwrites')}
          close={() => {
            setAsked(undefined);
            setChosen(new Set());
            again();
          }}
        />
      )}
    </section>
  );
}
