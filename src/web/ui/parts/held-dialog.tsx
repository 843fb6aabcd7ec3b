import { useState } from 'preact/hooks';
import { type Decision, decide } from '../lib/held.ts';
import { t } from '../lib/messages.ts';
import { Dialog } from './dialog.tsx';

interface Props {
  folder: string;
  verdict: Decision;
  /** Undefined: everything in the folder. */
  paths: string[] | undefined;
  deletions: number;
  overwrites: number;
  close: () => void;
}

/** Explains the effect and extent of a decision before it is made. */
export function HeldDialog({ folder, verdict, paths, deletions, overwrites, close }: Props) {
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    await decide(folder, verdict, paths);
    close();
  };
  return (
    <Dialog title={t.held.ask[verdict](deletions + overwrites)} close={close}>
      <p>{t.held.what(deletions, overwrites)}</p>
      <p class="muted">{t.held.means[verdict]}</p>
      <footer>
        <button type="button" onClick={close}>
          {t.cancel}
        </button>
        <button type="button" class={verdict === 'approve' ? 'main is-bad' : 'main'} disabled={busy} onClick={go}>
          {t.held[verdict]}
        </button>
      </footer>
    </Dialog>
  );
}
