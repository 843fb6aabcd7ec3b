import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Rows rendered outside of the visible area, so that scrolling does not flicker. */
const SPARE = 12;

interface Rows {
  count: number;
  /** px, the same for all. */
  height: number;
  row: (index: number) => ComponentChildren;
  /** Called with the rendered rows: start, and end (exclusive). */
  onRender?: (from: number, to: number) => void;
  /** The row to keep visible. */
  cursor?: number | undefined;
}

/** Renders only the visible rows: a hundred thousand cost as much as fifty. Scrolls in its parent. */
export function VirtualRows({ count, height, row, onRender, cursor }: Rows) {
  const element = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState({ from: 0, to: 40 });
  useLayoutEffect(() => {
    const scroller = element.current?.parentElement;
    if (!scroller) return;
    const look = () => {
      const top = scroller.scrollTop - (element.current?.offsetTop ?? 0);
      const from = Math.max(0, Math.floor(top / height) - SPARE);
      const to = Math.min(count, Math.ceil((top + scroller.clientHeight) / height) + SPARE);
      setRange((before) => (before.from === from && before.to === to ? before : { from, to }));
    };
    look();
    scroller.addEventListener('scroll', look, { passive: true });
    const resized = new ResizeObserver(look);
    resized.observe(scroller);
    return () => {
      scroller.removeEventListener('scroll', look);
      resized.disconnect();
    };
  }, [count, height]);
  useLayoutEffect(() => {
    const scroller = element.current?.parentElement;
    if (cursor === undefined || !scroller || !element.current) return;
    const top = element.current.offsetTop + cursor * height;
    const head = element.current.offsetTop;
    if (top < scroller.scrollTop + head) scroller.scrollTop = top - head;
    else if (top + height > scroller.scrollTop + scroller.clientHeight)
      scroller.scrollTop = top + height - scroller.clientHeight;
  }, [cursor]);
  const to = Math.min(range.to, count);
  useLayoutEffect(() => onRender?.(range.from, to), [range.from, to, onRender]);
  const shown = [];
  for (let index = range.from; index < to; index++) shown.push(row(index));
  return (
    <div ref={element} class="rows" role="presentation" style={{ height: `${count * height}px` }}>
      <div role="presentation" style={{ transform: `translateY(${range.from * height}px)` }}>
        {shown}
      </div>
    </div>
  );
}
