import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { Entry } from '../../contract/browse.ts';
import { moveEntries } from './change.ts';
import { t } from './messages.ts';
import { parentPath } from './route.ts';

/** Tells our own entries from files of the desktop, which are uploaded. */
const TYPE = 'application/x-sitesync-entries';

interface Dragged {
  folder: string;
  entries: Entry[];
}

/** What is being dragged; while it is on its way a browser tells only its type. */
const dragged = signal<Dragged | undefined>(undefined);

/** Whether these may be put into that directory: not where they are, and not into themselves. Pure. */
function mayPutInto(entries: Pick<Entry, 'path'>[], directory: string): boolean {
  return entries.every(
    ({ path }) => parentPath(path) !== directory && path !== directory && !directory.startsWith(`${path}/`),
  );
}

/** Begins to drag entries of a folder. */
export function drag(event: DragEvent, folder: string, entries: Entry[]): void {
  const { dataTransfer } = event;
  if (!dataTransfer) return;
  dragged.value = { folder, entries };
  dataTransfer.effectAllowed = 'move';
  dataTransfer.setData(TYPE, '');
  const image = document.createElement('div');
  image.className = 'dragged';
  image.textContent = entries.length === 1 ? entries[0]!.name : t.browse.dragged(entries.length);
  document.body.append(image);
  dataTransfer.setDragImage(image, -12, -12);
  // The browser has drawn it by then.
  setTimeout(() => image.remove());
}

/**
 * Makes an element a place to drop entries on; `isOver`: they would go there now. Undefined: no entries go there.
 * @param moved called once they are on their way
 */
export function useDropTarget(folder: string, directory: string | undefined, moved: () => void) {
  const [isOver, setIsOver] = useState(false);
  const fits = (event: DragEvent): Dragged | undefined => {
    const what = dragged.value;
    if (!what || directory === undefined || !event.dataTransfer?.types.includes(TYPE)) return undefined;
    return what.folder === folder && mayPutInto(what.entries, directory) ? what : undefined;
  };
  const over = (event: DragEvent) => {
    if (!fits(event)) return;
    event.preventDefault();
    event.dataTransfer!.dropEffect = 'move';
    setIsOver(true);
  };
  return {
    isOver,
    handlers: {
      onDragEnter: over,
      onDragOver: over,
      onDragLeave(event: DragEvent) {
        if (!(event.currentTarget as Element).contains(event.relatedTarget as Node | null)) setIsOver(false);
      },
      onDrop(event: DragEvent) {
        const what = fits(event);
        setIsOver(false);
        if (!what || directory === undefined) return;
        event.preventDefault();
        dragged.value = undefined;
        moved();
        void moveEntries(folder, what.entries, directory);
      },
    },
  };
}
