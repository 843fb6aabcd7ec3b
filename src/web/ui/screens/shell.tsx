import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Session, SignedOut } from '../../contract/session.ts';
import { remove } from '../lib/api.ts';
import { held, useHeld } from '../lib/held.ts';
import { t } from '../lib/messages.ts';
import { showName } from '../lib/names.ts';
import { go, route } from '../lib/route.ts';
import { connection, session as current, showError } from '../lib/state.ts';
import { integer, when } from '../messages/format.ts';
import { ClashDialog } from '../parts/clash-dialog.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import { UploadTray } from '../parts/upload-tray.tsx';

const PLACES: { at: string; icon: IconName; text: keyof typeof t.nav; first: string[]; admin?: true; some?: true }[] = [
  { at: '/', icon: 'dir', text: 'files', first: ['', 'f'] },
  { at: '/network', icon: 'network', text: 'network', first: ['network'] },
  { at: '/search', icon: 'search', text: 'search', first: ['search'] },
  { at: '/held', icon: 'pause', text: 'held', first: ['held'], some: true },
  { at: '/conflicts', icon: 'conflict', text: 'conflicts', first: ['conflicts'] },
  { at: '/shares', icon: 'share', text: 'shares', first: ['shares'] },
  { at: '/users', icon: 'users', text: 'users', first: ['users'], admin: true },
  { at: '/audit', icon: 'check', text: 'audit', first: ['audit'], admin: true },
];

interface Props {
  session: Session;
  user: NonNullable<Session['user']>;
  children: ComponentChildren;
}

/** The frame of every screen: navigation, the signed-in user, and whether the content is current. */
export function Shell({ session, user, children }: Props) {
  const [open, setOpen] = useState(false);
  const here = route.value.parts[0] ?? '';
  useHeld();
  const waiting = (held.value ?? []).reduce((sum, { changes }) => sum + changes, 0);
  // Held changes are in the navigation only while there are any.
  const places = PLACES.filter(
    ({ admin, some, first }) => (!admin || user.admin) && (!some || waiting > 0 || first.includes(here)),
  );
  useEffect(() => setOpen(false), [route.value]);
  useEffect(() => {
    const place = places.find(({ first }) => first.includes(here));
    // A directory is named by itself: several may be open in tabs.
    const directory = here === 'f' ? route.value.parts.at(-1) : undefined;
    const what = directory !== undefined && directory !== 'f' ? showName(directory) : undefined;
    document.title = `${what ?? (place ? t.nav[place.text] : t.product)} · ${session.site}`;
  }, [route.value, session.site]);
  useEffect(() => {
    const toSearch = (event: KeyboardEvent) => {
      const { tagName } = event.target as Element;
      if (event.key !== '/' || event.ctrlKey || event.metaKey || /INPUT|TEXTAREA|SELECT/.test(tagName)) return;
      event.preventDefault();
      go('/search');
      document.querySelector<HTMLInputElement>('input[type=search]')?.focus();
    };
    addEventListener('keydown', toSearch);
    return () => removeEventListener('keydown', toSearch);
  }, []);
  const signOut = async () => {
    const { provider } = await remove<SignedOut>('/session');
    // The provider signs the user out too, and redirects back here.
    if (provider === null) current.value = { ...session, user: null, csrf: null };
    else location.assign(provider);
  };
  const { live, since } = connection.value;
  return (
    <div class="shell">
      <a class="skip" href="#content">
        {t.skip}
      </a>
      <header class="bar">
        <button
          type="button"
          class="quiet menu"
          aria-expanded={open}
          aria-controls="places"
          onClick={() => setOpen(!open)}
        >
          <Icon name="menu" />
          <span class="hidden">{t.menu}</span>
        </button>
        <a class="brand" href="/">
          <b>{session.site}</b>
          <small>{session.network}</small>
        </a>
        <nav id="places" class={open ? 'places is-open' : 'places'} aria-label={t.menu}>
          {places.map(({ at, icon, text, first }) => (
            <a key={at} href={at} aria-current={first.includes(here) ? 'page' : undefined}>
              <Icon name={icon} />
              {t.nav[text]}
              {text === 'held' && waiting > 0 && <span class="chip is-warning">{integer(waiting)}</span>}
            </a>
          ))}
        </nav>
        <span class="person">
          <span>{user.name}</span>
          <button type="button" class="quiet" onClick={() => void signOut().catch(showError)}>
            {t.signIn.out}
          </button>
        </span>
      </header>
      {!live && (
        <p class="notice is-warning" role="status">
          {t.connection.lost(when(since))}
        </p>
      )}
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <UploadTray />
      <ClashDialog />
    </div>
  );
}
