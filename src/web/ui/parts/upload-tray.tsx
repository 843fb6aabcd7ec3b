import { useEffect, useState } from 'preact/hooks';
import { t } from '../lib/messages.ts';
import {
  clearFinished,
  giveUp,
  isFinished,
  isSending,
  pause,
  resume,
  type Sending,
  sendings,
  showInterrupted,
} from '../lib/uploads.ts';
import { bytes, rate } from '../messages/format.ts';
import { Icon } from './icon.tsx';

/** How much of a long queue is shown; finished uploads are dropped first. */
const SHOWN = 50;
const RANK = { failed: 0, conflict: 1, interrupted: 1, sending: 2, paused: 3, waiting: 4, skipped: 5, done: 6 };

export function UploadTray() {
  const [open, setOpen] = useState(true);
  useEffect(() => {
    void showInterrupted();
    const warn = (event: BeforeUnloadEvent) => isSending() && event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, []);
  const all = sendings.value;
  if (all.length === 0) return null;
  const done = all.filter(isFinished).length;
  const shown = open ? all.toSorted((a, b) => RANK[a.state] - RANK[b.state]).slice(0, SHOWN) : [];
  return (
    <aside class="tray" aria-label={t.uploads.title(done, all.length)}>
      <header>
        <button type="button" class="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name="upload" />
          {t.uploads.title(done, all.length)}
        </button>
        {done > 0 && (
          <button type="button" class="quiet" onClick={clearFinished}>
            {t.uploads.clear}
          </button>
        )}
      </header>
      <ul>
        {shown.map((one) => (
          <Row key={one.id} one={one} />
        ))}
      </ul>
    </aside>
  );
}

function Row({ one }: { one: Sending }) {
  const { id, name, size, sent, state, text, place } = one;
  return (
    <li class={`is-${state}`}>
      <span class="name">{place !== undefined && isFinished(one) ? <a href={place}>{name}</a> : name}</span>
      <progress max={Math.max(1, size)} value={isFinished(one) ? Math.max(1, size) : sent} aria-label={name} />
      <small>
        {text ??
          (state === 'sending'
            ? t.uploads.progress(bytes(sent), bytes(size), rate(one.rate))
            : t.uploads[state as 'waiting' | 'paused'])}
      </small>
      <span class="buttons">
        {state === 'sending' && (
          <button type="button" class="quiet" aria-label={`${t.uploads.pause} ${name}`} onClick={() => pause(id)}>
            <Icon name="pause" />
          </button>
        )}
        {(state === 'paused' || state === 'failed') && (
          <button type="button" class="quiet" aria-label={`${t.uploads.resume} ${name}`} onClick={() => resume(id)}>
            <Icon name="play" />
          </button>
        )}
        {!isFinished(one) && (
          <button type="button" class="quiet" aria-label={`${t.uploads.giveUp} ${name}`} onClick={() => giveUp(id)}>
            <Icon name="close" />
          </button>
        )}
      </span>
    </li>
  );
}
