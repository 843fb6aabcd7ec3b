import type { ComponentChildren } from 'preact';
import type { ApiError } from '../lib/api.ts';
import { t } from '../lib/messages.ts';
import { dismissToast, toasts } from '../lib/state.ts';
import { Icon, type IconName } from './icon.tsx';

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      <p>{children}</p>
    </div>
  );
}

export function Failed({ trouble, again }: { trouble: ApiError; again: () => void }) {
  return (
    <div class="empty is-trouble" role="alert">
      <Icon name="trouble" />
      <h2>{trouble.message}</h2>
      <p>
        <button type="button" onClick={again}>
          {t.again}
        </button>
      </p>
    </div>
  );
}

/** Shown after a delay: a quick answer needs no indicator. */
export function Loading() {
  return (
    <p class="loading" role="status">
      {t.loading}
    </p>
  );
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((toast) => (
        <div key={toast.id} class={toast.bad ? 'toast is-bad' : 'toast'}>
          <span>{toast.text}</span>
          {toast.action && (
            <button
              type="button"
              onClick={() => {
                dismissToast(toast.id);
                toast.action?.run();
              }}
            >
              {toast.action.label}
            </button>
          )}
          <button type="button" class="quiet" aria-label={t.close} onClick={() => dismissToast(toast.id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
