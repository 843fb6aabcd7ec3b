import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { showError } from './state.ts';

interface Grid {
  count: number;
  /** The key of a row; undefined: not loaded yet. */
  pathAt: (index: number) => string | undefined;
  /** The keys of all rows, loaded or not. */
  allPaths: () => Promise<string[]>;
  chosen: ReadonlySet<string>;
  choose: (chosen: ReadonlySet<string>) => void;
  open: (index: number) => void;
  up: () => void;
  /** Whether the user arrived here by keyboard: then the rows have the focus initially. */
  byKeyboard: { current: boolean };
  /** Escape, when nothing is selected. */
  leave: () => void;
}

type Shift = { shiftKey: boolean };
const PAGE = 15;

/** A keyboard cursor over rows, and their selection. */
export function useGrid({ count, pathAt, allPaths, chosen, choose, open, up, byKeyboard, leave }: Grid) {
  const [cursor, setCursor] = useState<number>();
  const anchor = useRef(0);
  const element = useRef<HTMLDivElement>(null);
  const last = Math.max(0, count - 1);
  const at = Math.min(cursor ?? 0, last);
  useEffect(() => {
    if (cursor !== undefined && cursor > last) setCursor(last);
  }, [last]);

  // Before painting, so that the keyboard works as soon as the rows are visible.
  useLayoutEffect(() => {
    if (byKeyboard.current) element.current?.focus();
    byKeyboard.current = false;
  }, []);
  const leaveBy = (way: () => void) => {
    byKeyboard.current = true;
    way();
  };

  /** The loaded ones of a range. */
  const chooseRange = (a: number, b: number) => {
    const paths = new Set<string>();
    for (let index = Math.min(a, b); index <= Math.max(a, b); index++) {
      const path = pathAt(index);
      if (path !== undefined) paths.add(path);
    }
    choose(paths);
  };
  const moveTo = (index: number, event: Shift) => {
    const to = Math.max(0, Math.min(last, index));
    setCursor(to);
    if (event.shiftKey) chooseRange(anchor.current, to);
    else anchor.current = to;
  };
  const toggle = (index: number, event: Shift) => {
    if (event.shiftKey) return chooseRange(anchor.current, index);
    anchor.current = index;
    const path = pathAt(index);
    if (path === undefined) return;
    const now = new Set(chosen);
    if (!now.delete(path)) now.add(path);
    choose(now);
  };
  const keys: Record<string, (event: KeyboardEvent) => void> = {
    ArrowDown: (event) => moveTo(at + 1, event),
    ArrowUp: (event) => moveTo(at - 1, event),
    PageDown: (event) => moveTo(at + PAGE, event),
    PageUp: (event) => moveTo(at - PAGE, event),
    Home: (event) => moveTo(0, event),
    End: (event) => moveTo(last, event),
    Enter: () => pathAt(at) !== undefined && leaveBy(() => open(at)),
    ' ': (event) => toggle(at, event),
    Backspace: () => leaveBy(up),
    Escape: () => (chosen.size > 0 ? choose(new Set()) : leave()),
  };
  const press = (event: KeyboardEvent) => {
    // Buttons in the header have their own keys.
    if (event.target !== event.currentTarget) return;
    if ((event.ctrlKey || event.metaKey) && event.key === 'a')
      void allPaths().then((paths) => choose(new Set(paths)), showError);
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (keys[event.key]) keys[event.key]!(event);
    else return;
    event.preventDefault();
  };
  return {
    at,
    /** The row to keep in view; only after the cursor was moved. */
    visible: cursor === undefined ? undefined : at,
    toggle,
    point: setCursor,
    props: { ref: element, role: 'grid', tabIndex: 0, 'aria-activedescendant': `row-${at}`, onKeyDown: press } as const,
  };
}
