import type { Diff, Version } from '../../contract/versions.ts';
import { t } from '../lib/messages.ts';
import { isImage } from '../lib/names.ts';
import { useAnswer } from '../lib/use-answer.ts';
import { Icon } from './icon.tsx';
import { Side } from './side.tsx';
import { Failed, Loading } from './states.tsx';

interface Props {
  folder: string;
  path: string;
  from: string;
  to: string;
  /** What to show side by side if they are not text. */
  versions?: Version[];
  close: () => void;
}

const SIGNS = { same: ' ', added: '+', removed: '−' };
const NO_TEXT = 400;
const TOO_LARGE = 413;

/** Compares two versions of a path: text line by line, everything else side by side. */
export function Compared({ folder, path, from, to, versions = [], close }: Props) {
  const picture = isImage(path);
  const asked = picture ? undefined : `/folders/${folder}/diff`;
  const { value, trouble, again } = useAnswer<Diff>(asked, { path, from, to });
  const why = { [NO_TEXT]: t.versions.noText, [TOO_LARGE]: t.versions.tooLarge }[trouble?.status ?? 0];
  const sides = [from, to].flatMap((name) => versions.find(({ version }) => version === name) ?? []);
  return (
    <section class="compared">
      <header>
        <h3>{t.versions.compared(from, to)}</h3>
        <button type="button" class="quiet" aria-label={t.close} onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      {trouble && why === undefined && <Failed trouble={trouble} again={again} />}
      {why !== undefined && <p class="muted">{why}</p>}
      {!picture && !value && !trouble && <Loading />}
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
      {(picture || why !== undefined) && (
        <div class="sides">
          {sides.map((one) => (
            <Side key={one.version} folder={folder} path={path} version={one.version} title={one.version} facts={one} />
          ))}
        </div>
      )}
    </section>
  );
}
