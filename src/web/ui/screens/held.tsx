import { held } from '../lib/held.ts';
import { t } from '../lib/messages.ts';
import { bytes, when } from '../messages/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Empty, Loading } from '../parts/states.tsx';

/** The folders of this office with changes that wait for approval. */
export function HeldFolders() {
  const folders = held.value;
  if (!folders) return <Loading />;
  if (folders.length === 0)
    return (
      <Empty icon="check" title={t.held.none}>
        {t.held.noneHint}
      </Empty>
    );
  return (
    <section class="page">
      <h1>{t.held.title}</h1>
      <p class="muted">{t.held.why}</p>
      <ul class="cards">
        {folders.map(({ folder, deletions, overwrites, bytes: size, since }) => (
          <li key={folder}>
            <a class="card" href={`/held/${folder}`}>
              <Icon name="pause" />
              <span>
                <b>{folder}</b>
                <small>{t.held.counts(deletions, overwrites)}</small>
                <small class="muted">
                  {bytes(size)} · {t.held.sinceWhen(when(since))}
                </small>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
