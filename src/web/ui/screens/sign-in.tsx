import { useEffect, useState } from 'preact/hooks';
import type { Session } from '../../contract/session.ts';
import { type ApiError, post } from '../lib/api.ts';
import { t } from '../lib/messages.ts';
import { route, setQuery } from '../lib/route.ts';
import { session } from '../lib/state.ts';

type Ways = Session['signIn'];

/** Why sign-in with the provider failed: shown once, not again after a reload. */
function useReturned(): string | undefined {
  const [code] = useState(route.value.query.get('sign-in'));
  useEffect(() => {
    if (code !== null) setQuery({ 'sign-in': undefined });
  }, []);
  return code !== null && Object.hasOwn(t.signIn.troubles, code)
    ? t.signIn.troubles[code as keyof typeof t.signIn.troubles]
    : undefined;
}

export function SignIn({ site, ways: { password, provider } }: { site: string; ways: Ways }) {
  const returned = useReturned();
  const withPassword = password || provider === null;
  return (
    <main class="sign-in">
      <img src="/icon.svg" alt="" width="40" height="40" />
      <h1>{t.signIn.title(site)}</h1>
      {returned !== undefined && (
        <p class="notice is-bad" role="alert">
          {returned}
        </p>
      )}
      {provider && <ByProvider provider={provider} other={password} />}
      {withPassword && <ByPassword alone={provider === null} />}
    </main>
  );
}

function ByProvider({ provider, other }: { provider: NonNullable<Ways['provider']>; other: boolean }) {
  const { name, start, state } = provider;
  if (state !== 'ready')
    return (
      <p class="notice is-warning" role="status">
        {state === 'misconfigured' ? t.signIn.misconfigured : t.signIn.unreachable(name)} {other && t.signIn.orPassword}
        {state === 'unreachable' && (
          <button type="button" onClick={() => location.reload()}>
            {t.again}
          </button>
        )}
      </p>
    );
  const { pathname } = location;
  const query = new URLSearchParams(location.search);
  query.delete('sign-in');
  const here = `${pathname}${query.size > 0 ? `?${query}` : ''}`;
  return (
    <>
      <a class="button main" href={`${start}?to=${encodeURIComponent(here)}`}>
        {t.signIn.provider(name)}
      </a>
      {other && <p class="muted">{t.signIn.or}</p>}
    </>
  );
}

function ByPassword({ alone }: { alone: boolean }) {
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    try {
      session.value = await post<Session>('/session', { user: fields.get('user'), password: fields.get('password') });
    } catch (error) {
      setTrouble((error as ApiError).message);
      setBusy(false);
    }
  };
  return (
    <>
      <form onSubmit={submit}>
        <label>
          {t.signIn.user}
          <input name="user" autocomplete="username" autocapitalize="none" required autofocus={alone} />
        </label>
        <label>
          {t.signIn.password}
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        {trouble !== undefined && (
          <p class="notice is-bad" role="alert">
            {trouble}
          </p>
        )}
        <button type="submit" class={alone ? 'main' : ''} disabled={busy}>
          {t.signIn.button}
        </button>
      </form>
      {alone && <p class="muted">{t.signIn.hint}</p>}
    </>
  );
}
