import { useState } from 'preact/hooks';
import type { Session } from '../../contract/session.ts';
import { post, type Trouble } from '../lib/api.ts';
import { t } from '../lib/messages.ts';
import { session } from '../lib/state.ts';

export function SignIn({ site }: { site: string }) {
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    try {
      session.value = await post<Session>('/session', { user: fields.get('user'), password: fields.get('password') });
    } catch (error) {
      setTrouble((error as Trouble).message);
      setBusy(false);
    }
  };
  return (
    <main class="sign-in">
      <img src="/icon.svg" alt="" width="40" height="40" />
      <h1>{t.signIn.title(site)}</h1>
      <form onSubmit={submit}>
        <label>
          {t.signIn.user}
          <input name="user" autocomplete="username" autocapitalize="none" required autofocus />
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
        <button type="submit" class="main" disabled={busy}>
          {t.signIn.button}
        </button>
      </form>
      <p class="muted">{t.signIn.hint}</p>
    </main>
  );
}
