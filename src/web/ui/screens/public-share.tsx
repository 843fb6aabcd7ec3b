import { useState } from 'preact/hooks';
import { PAGE_API } from '../../contract/page-api.ts';
import type { PublicShare as Shared } from '../../contract/shares.ts';
import { address, post } from '../lib/api.ts';
import { t } from '../lib/messages.ts';
import { droppedFiles, openFileChooser } from '../lib/pick.ts';
import { parentPath, route, setQuery } from '../lib/route.ts';
import { isFinished, type Picked, sendings, sendPicked } from '../lib/uploads.ts';
import { useAnswer } from '../lib/use-answer.ts';
import { bytes, when } from '../messages/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Empty, Loading } from '../parts/states.tsx';
import { UploadTray } from '../parts/upload-tray.tsx';

/** What the holder of a link sees, signed in or not. */
export function PublicShare({ token }: { token: string }) {
  const path = route.value.query.get('path') ?? '';
  const { value, trouble, again } = useAnswer<Shared>(`/public/${token}`, { path });
  if (trouble)
    return (
      <main class="public">
        <Empty icon="share" title={t.public.gone}>
          {trouble.message}
        </Empty>
      </main>
    );
  if (!value) return <Loading />;
  const { name, by, expires, locked, kind } = value;
  return (
    <main class="public">
      <h1>
        <bdi>{locked ? t.public.locked : name}</bdi>
      </h1>
      <p class="muted">{t.public.from(by, when(expires))}</p>
      {locked ? (
        <Unlock token={token} done={again} />
      ) : kind === 'drop' ? (
        <Drop token={token} />
      ) : (
        <Listing token={token} share={value} path={path} />
      )}
    </main>
  );
}

function Unlock({ token, done }: { token: string; done: () => void }) {
  const [trouble, setTrouble] = useState<string>();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const password = new FormData(event.currentTarget as HTMLFormElement).get('password');
    try {
      await post(`/public/${token}/unlock`, { password });
      done();
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  return (
    <form onSubmit={submit}>
      <label>
        {t.signIn.password}
        <input name="password" type="password" required autofocus />
      </label>
      {trouble !== undefined && (
        <p class="notice is-bad" role="alert">
          {trouble}
        </p>
      )}
      <button type="submit" class="main">
        {t.public.unlock}
      </button>
    </form>
  );
}

function Listing({ token, share, path }: { token: string; share: Shared; path: string }) {
  if (!share.directory)
    return (
      <a class="button main" href={`${address(`/public/${token}/file`)}?path=`} download>
        <Icon name="download" />
        {t.public.download} ({bytes(share.size)})
      </a>
    );
  return (
    <>
      <a class="button" href={address(`/public/${token}/zip`)} download>
        <Icon name="download" />
        {t.public.all}
      </a>
      <ul class="list">
        {path !== '' && (
          <li>
            <Icon name="up" />
            <button type="button" class="quiet" onClick={() => setQuery({ path: parentPath(path) }, false)}>
              {t.browse.up}
            </button>
          </li>
        )}
        {share.entries.map((entry) => (
          <li key={entry.path}>
            <Icon name={entry.kind} />
            {entry.kind === 'dir' ? (
              <button type="button" class="quiet" onClick={() => setQuery({ path: entry.path }, false)}>
                <bdi>{entry.name}</bdi>
              </button>
            ) : (
              <a href={address(`/public/${token}/file`, { path: entry.path })} download>
                <bdi>{entry.name}</bdi>
              </a>
            )}
            <small class="muted">{entry.kind === 'file' && bytes(entry.size)}</small>
          </li>
        ))}
      </ul>
    </>
  );
}

function Drop({ token }: { token: string }) {
  const target = { endpoint: `${PAGE_API}/public/${token}/uploads`, directory: '' };
  const take = (picked: Picked[]) =>
    sendPicked(
      picked.map(({ file, names }) => ({ file, names: [names.join('_')] })),
      target,
    );
  const done = sendings.value.filter(isFinished).length;
  return (
    <>
      <button
        type="button"
        class="drop"
        onClick={() => void openFileChooser(false).then(take)}
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          if (event.dataTransfer) void droppedFiles(event.dataTransfer).then(take);
        }}
      >
        <Icon name="upload" />
        {t.public.drop}
      </button>
      <p class="muted">{done > 0 ? t.public.sent(done) : t.public.dropHint}</p>
      <UploadTray />
    </>
  );
}
