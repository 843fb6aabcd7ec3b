import { useState } from 'preact/hooks';
import type { Share } from '../../contract/shares.ts';
import { post } from '../lib/api.ts';
import { t } from '../lib/messages.ts';
import { showName } from '../lib/names.ts';
import { lastName } from '../lib/route.ts';
import { showError, showToast } from '../lib/state.ts';
import { Dialog } from './dialog.tsx';

const DAYS = [1, 7, 30, 90, 365];
const DAY = 86_400_000;

export function ShareDialog({
  folder,
  path,
  directory,
  close,
}: {
  folder: string;
  path: string;
  directory: boolean;
  close: () => void;
}) {
  const [link, setLink] = useState<string>();
  const name = path === '' ? folder : showName(lastName(path));
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const password = fields.get('password') as string;
    try {
      const share = await post<Share>('/shares', {
        folder,
        path,
        kind: fields.get('kind') ?? 'download',
        expires: new Date(Date.now() + Number(fields.get('days')) * DAY).toISOString(),
        ...(password && { password }),
      });
      setLink(new URL(share.link ?? '', location.origin).href);
    } catch (error) {
      showError(error);
    }
  };
  const copy = () => navigator.clipboard.writeText(link!).then(() => showToast(t.shares.copied), showError);
  return (
    <Dialog title={t.shares.make(name)} close={close}>
      {link === undefined ? (
        <form onSubmit={submit}>
          {directory && (
            <fieldset>
              <label class="choice">
                <input type="radio" name="kind" value="download" defaultChecked />
                {t.shares.kindDownload}
              </label>
              <label class="choice">
                <input type="radio" name="kind" value="drop" />
                {t.shares.kindDrop}
              </label>
            </fieldset>
          )}
          <label>
            {t.shares.days}
            <select name="days">
              {DAYS.map((days) => (
                <option key={days} value={days} selected={days === 7}>
                  {t.shares.dayCount(days)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t.shares.password}
            <input name="password" type="password" autocomplete="new-password" />
          </label>
          <footer>
            <button type="button" onClick={close}>
              {t.cancel}
            </button>
            <button type="submit" class="main">
              {t.shares.button}
            </button>
          </footer>
        </form>
      ) : (
        <>
          <p>{t.shares.once}</p>
          <p class="link">
            <input readOnly value={link} aria-label={t.shares.once} onFocus={(event) => event.currentTarget.select()} />
            <button type="button" class="main" onClick={copy}>
              {t.shares.copy}
            </button>
          </p>
        </>
      )}
    </Dialog>
  );
}
