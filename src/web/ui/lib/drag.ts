import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { Entry } from '../../contract/browse.ts';
import { moveEntries } from './change.ts';
import { t } from './messages.ts';
import { parentPath } from './route.ts';

/** Distinguishes our own entries from desktop files, which are uploaded. */
const TYPE = 'application/x-sitesync-entries';

interface Dragged {
  folder: string;
  entries: Entry[];
}

/** What is being dragged; during the drag a browser reveals only its type. */
const dragged = signal<Dragged | undefined>(undefined);

/** Whether these may be moved into that directory: not where they already are, and not into themselves. Pure. */
function mayPutInto(entries: Pick<Entry, 'path'>[], directory: string): boolean {
  return entries.every(
    ({ path }) => parentPath(path) !== directory && path !== directory && !directory.startsWith(`${path}/`),
  );
}

/** Starts dragging entries of a folder. */
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
  // By then the browser has drawn it.
  setTimeout(() => image.remove());
}

/**
 * Makes an element a drop target for entries; `isOver`: they would be dropped there now. Undefined: not a drop target.
 * @param moved called when the move has started
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
