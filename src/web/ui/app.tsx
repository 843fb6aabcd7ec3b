import { useEffect } from 'preact/hooks';
import type { Session } from '../contract/session.ts';
import { type ApiError, get } from './lib/api.ts';
import { closeEvents, openEvents } from './lib/live.ts';
import { t } from './lib/messages.ts';
import { followLinks, route } from './lib/route.ts';
import { session, showError } from './lib/state.ts';
import { Boundary } from './parts/boundary.tsx';
import { Empty, Loading, Toasts } from './parts/states.tsx';
import { Audit } from './screens/audit.tsx';
import { Browse } from './screens/browse.tsx';
import { Conflicts } from './screens/conflicts.tsx';
import { FolderList } from './screens/folder-list.tsx';
import { HeldFolders } from './screens/held.tsx';
import { HeldFolder } from './screens/held-folder.tsx';
import { Network } from './screens/network.tsx';
import { PublicShare } from './screens/public-share.tsx';
import { Search } from './screens/search.tsx';
import { Shares } from './screens/shares.tsx';
import { Shell } from './screens/shell.tsx';
import { SignIn } from './screens/sign-in.tsx';
import { Users } from './screens/users.tsx';

const RETRY_MS = 3000;

/** Fetches the session once, and again when it has expired. */
async function findSession(): Promise<void> {
  try {
    session.value = await get<Session>('/session');
  } catch (error) {
    if ((error as ApiError).status === 0) setTimeout(() => void findSession(), RETRY_MS);
    else showError(error);
  }
}

export function App() {
  const [first, second] = route.value.parts;
  const isPublic = first === 'share' && second !== undefined;
  useEffect(() => {
    document.addEventListener('click', followLinks);
    if (!isPublic) void findSession();
  }, []);
  const now = session.value;
  const user = typeof now === 'object' ? now.user : null;
  useEffect(() => (user ? openEvents() : closeEvents()), [user?.name]);
  useEffect(() => {
    if (now === 'expired') void findSession();
  }, [now]);

  if (isPublic) return <Framed>{<PublicShare token={second} />}</Framed>;
  if (now === 'asking' || now === 'expired') return <Loading />;
  return user ? (
    <Framed>
      <Shell session={now} user={user}>
        <Boundary>
          <Screen />
        </Boundary>
      </Shell>
    </Framed>
  ) : (
    <Framed>
      <SignIn site={now.site} ways={now.signIn} />
    </Framed>
  );
}

function Framed({ children }: { children: preact.ComponentChildren }) {
  return (
    <>
      {children}
      <Toasts />
    </>
  );
}

function Screen() {
  const [first = '', folder, ...path] = route.value.parts;
  switch (first) {
    case '':
      return <FolderList />;
    case 'f':
      return folder === undefined ? <FolderList /> : <Browse key={folder} folder={folder} path={path.join('/')} />;
    case 'network':
      return <Network />;
    case 'search':
      return <Search />;
    case 'held':
      return folder === undefined ? <HeldFolders /> : <HeldFolder folder={folder} path={path.join('/')} />;
    case 'conflicts':
      return <Conflicts />;
    case 'shares':
      return <Shares />;
    case 'audit':
      return <Audit />;
    case 'users':
      return <Users />;
    default:
      return (
        <Empty icon="search" title={t.errors.notFound}>
          <a href="/">{t.errors.home}</a>
        </Empty>
      );
  }
}
