import { useState } from 'preact/hooks';
import { type Choice, type Clash, clash } from '../lib/existing.ts';
import { t } from '../lib/messages.ts';
import { bytes, when } from '../messages/format.ts';
import { Dialog } from './dialog.tsx';

/** Asks what to do with a file whose name is taken; closing it skips the file. */
export function ClashDialog() {
  const asked = clash.value;
  return asked ? <Question key={asked.name} asked={asked} /> : null;
}

function Question({ asked: { name, file, there, left, answer } }: { asked: Clash }) {
  const [forAll, setForAll] = useState(false);
  const choose = (choice: Choice) => () => answer(choice, forAll);
  const isFile = there.kind === 'file';
  return (
    <Dialog title={t.clash.title(name)} close={choose('skip')}>
      <p>{isFile ? t.clash.file : t.clash.notFile}</p>
      {isFile && (
        <dl class="facts">
          <dt>{t.clash.there}</dt>
          <dd>
            {bytes(there.size)}, {when(there.mtime)}
          </dd>
          <dt>{t.clash.yours}</dt>
          <dd>
            {bytes(file.size)}, {when(new Date(file.lastModified).toISOString())}
          </dd>
        </dl>
      )}
      {left > 0 && (
        <label class="choice">
          <input type="checkbox" checked={forAll} onChange={(event) => setForAll(event.currentTarget.checked)} />
          {t.clash.forAll(left)}
        </label>
      )}
      <footer>
        <button type="button" onClick={choose('skip')}>
          {t.clash.skip}
        </button>
        <button type="button" class={isFile ? '' : 'main'} onClick={choose('keepBoth')}>
          {t.clash.keepBoth}
        </button>
        {isFile && (
          <button type="button" class="main" onClick={choose('replace')}>
            {t.clash.replace}
          </button>
        )}
      </footer>
    </Dialog>
  );
}
