import type { ComponentChildren } from 'preact';
import { useEffect, useErrorBoundary } from 'preact/hooks';
import { t } from '../lib/messages.ts';
import { route } from '../lib/route.ts';
import { Empty } from './states.tsx';

/** A screen that fails says so, and the navigation stays: without this the whole page would be blank. */
export function Boundary({ children }: { children: ComponentChildren }) {
  const [error, reset] = useErrorBoundary((reason) => console.error(reason));
  useEffect(reset, [route.value]);
  if (error === undefined) return <>{children}</>;
  return (
    <div role="alert">
      <Empty icon="trouble" title={t.errors.broken}>
        <button type="button" onClick={() => location.reload()}>
          {t.again}
        </button>
      </Empty>
    </div>
  );
}
