import { signal } from '@preact/signals';
import type { Session } from '../../contract/session.ts';

/** Who is signed in; `asking` until loaded, `expired` when the site no longer knows the session. */
export const session = signal<Session | 'asking' | 'expired'>('asking');

/** Whether the stream of events is open, and since when it is not. */
export const connection = signal<{ live: boolean; since: number }>({ live: true, since: Date.now() });

export interface Toast {
  id: number;
  text: string;
  bad?: boolean;
  action?: { label: string; run: () => void };
}
export const toasts = signal<Toast[]>([]);

const SHOWN_MS = 6000;
/** For toasts that offer undo or report an error. */
const SHOWN_LONG_MS = 15_000;
const AT_ONCE = 4;
let ids = 0;

export function showToast(text: string, more: Omit<Toast, 'id' | 'text'> = {}): void {
  const toast = { id: ++ids, text, ...more };
  toasts.value = [...toasts.value.slice(1 - AT_ONCE), toast];
  setTimeout(() => dismissToast(toast.id), more.action || more.bad ? SHOWN_LONG_MS : SHOWN_MS);
}

export function dismissToast(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export const showError = (error: unknown) => showToast((error as Error).message, { bad: true });
