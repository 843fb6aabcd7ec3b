import { useState } from 'preact/hooks';
import type { Entry } from '../../contract/browse.ts';
import { post } from '../lib/api.ts';
import { move } from '../lib/change.ts';
import { t } from '../lib/messages.ts';
import { editableName, encodeName, nameProblem } from '../lib/names.ts';
import { joinPath, lastName } from '../lib/route.ts';
import { showToast } from '../lib/state.ts';
import { Dialog } from './dialog.tsx';

/** Asks for the name of a new directory, or a new name of an entry. */
export function NameDialog({
  folder,
  directory,
  entry,
  close,
}: {
  folder: string;
  directory: string;
  entry?: Entry;
  close: () => void;
}) {
  // Shown names are escaped: what is edited is the name itself.
  const before = entry && (editableName(lastName(entry.path)) ?? entry.name);
  const [name, setName] = useState(before ?? '');
  const [trouble, setTrouble] = useState<string>();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const problem = nameProblem(name);
    if (problem !== undefined) return setTrouble(problem);
    const path = joinPath(directory, encodeName(name));
    try {
      if (!entry) await post(`/folders/${folder}/directories`, { path });
      else if (name !== before) {
        await move(folder, entry.path, path);
        showToast(t.browse.renamed, { action: { label: t.undo, run: () => void move(folder, path, entry.path) } });
      }
      close();
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  return (
    <Dialog title={entry ? t.browse.renameTitle(entry.name) : t.browse.newDirectoryTitle} close={close}>
      <form onSubmit={submit}>
        <label>
          {t.browse.name}
          <input value={name} autofocus autocomplete="off" onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        {trouble !== undefined && (
          <p class="notice is-bad" role="alert">
            {trouble}
          </p>
        )}
        <footer>
          <button type="button" onClick={close}>
            {t.cancel}
          </button>
          <button type="submit" class="main">
            {entry ? t.browse.rename : t.browse.makeButton}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
