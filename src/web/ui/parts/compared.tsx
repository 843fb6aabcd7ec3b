import type { Diff } from '../../contract/versions.ts';
import { t } from '../lib/messages.ts';
import { useAnswer } from '../lib/use-answer.ts';
import { Icon } from './icon.tsx';
import { Failed, Loading } from './states.tsx';

const SIGNS = { same: ' ', added: '+', removed: '−' };

/** The difference of two versions of a text, line by line. */
export function Compared({
  folder,
  path,
  from,
  to,
  close,
}: {
  folder: string;
  path: string;
  from: string;
  to: string;
  close: () => void;
}) {
  const { value, trouble, again } = useAnswer<Diff>(`/folders/${folder}/diff`, { path, from, to });
  return (
    <section class="compared">
      <header>
        <h3>{t.versions.compared(from, to)}</h3>
        <button type="button" class="quiet" aria-label={t.close} onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      {trouble && <Failed trouble={trouble} again={again} />}
      {!value && !trouble && <Loading />}
      {value?.hunks.length === 0 && <p class="muted">{t.versions.same}</p>}
      {value?.hunks.map((hunk) => (
        <pre key={hunk.toLine} tabIndex={0}>
          {hunk.lines.map(({ is, text }, i) => (
            // biome-ignore lint: lines have no other name
            <span key={i} class={`is-${is}`}>
              {SIGNS[is]} {text}
              {'\n'}
            </span>
          ))}
        </pre>
      ))}
    </section>
  );
}
