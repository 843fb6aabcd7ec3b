import { signal } from '@preact/signals';
import { Upload } from 'tus-js-client';
import type { UploadOutcome } from '../../contract/change.ts';
import type { Problem } from '../../contract/common.ts';
import { type ApiError, csrfHeader } from './api.ts';
import { type Decision, decide } from './existing.ts';
import { forget, interrupted } from './interrupted.ts';
import { t } from './messages.ts';
import { encodeName, showName } from './names.ts';
import { joinPath, lastName, toEntry } from './route.ts';
import { refusalText, sentence } from './said.ts';
import { showError } from './state.ts';

export interface Sending {
  id: number;
  name: string;
  size: number;
  sent: number;
  /** Bytes per second. */
  rate: number;
  /** conflict: it arrived, but not as the file that was meant. skipped: nothing was to be done. */
  state: 'waiting' | 'sending' | 'paused' | 'done' | 'skipped' | 'conflict' | 'failed' | 'interrupted';
  /** Where the browser keeps what is known of an interrupted upload, and its path. */
  kept?: { key: string; path: string };
  text?: string;
  /** Address on the page of the uploaded file. */
  place?: string;
}

export interface Target {
  /** Address of the tus endpoint. */
  endpoint: string;
  directory: string;
  /** Absent if the uploader may not see what is there. */
  folder?: string;
}

export const sendings = signal<Sending[]>([]);
const AT_ONCE = 3;
/** Small enough for proxies that limit the body size, and for bad connections. */
const CHUNK = 32 * 1024 * 1024;
const RETRIES_MS = [0, 1000, 3000, 5000, 10_000, 20_000, 30_000, 60_000, 60_000, 60_000];
const running = new Map<number, Upload>();
const jobs = new Map<number, () => Upload>();
let ids = 0;

const change = (id: number, now: Partial<Sending>) => {
  sendings.value = sendings.value.map((one) => (one.id === id ? { ...one, ...now } : one));
};

export interface Picked {
  file: File;
  /** Names from the upload directory down to the file. */
  names: string[];
}

const isOpen = ({ state }: Sending) => state === 'waiting' || state === 'sending' || state === 'paused';
/** Whether a closed page would interrupt an upload. */
export const isSending = () => sendings.value.some(isOpen);
export const isFinished = ({ state }: Pick<Sending, 'state'>) =>
  state === 'done' || state === 'skipped' || state === 'conflict';

/**
 * Adds files to the queue; a few are sent at a time, and each resumes after an interruption. Where something else is already
 * at a file's path, the user is asked first.
 */
async function send(picked: Picked[], target: Target): Promise<void> {
  const files = picked.map(({ file, names }) => ({
    file,
    name: names.join('/'),
    path: names.map(encodeName).reduce(joinPath, target.directory),
  }));
  const decisions = target.folder === undefined ? files.map(() => NEW) : await decide(target.folder, files);
  const added = files.map(({ file, name, path }, i): Sending => {
    const id = ++ids;
    const decision = decisions[i]!;
    const place = target.folder !== undefined && { place: toEntry(target.folder, path) };
    const about = { id, name, size: file.size, sent: 0, rate: 0, ...place };
    if (decision === 'skip') return { ...about, state: 'skipped', text: t.uploads.skipped };
    if (decision === 'same') return { ...about, state: 'done', text: t.uploads.unchanged };
    jobs.set(id, () => start(id, file, path, target, decision));
    return { ...about, state: 'waiting' };
  });
  const paths = new Set(files.map(({ path }) => path));
  const others = sendings.value.filter(({ kept }) => kept === undefined || !paths.has(kept.path));
  sendings.value = [...others, ...added];
  next();
}

/** Shows what an earlier visit left unfinished. */
export async function showInterrupted(): Promise<void> {
  if (sendings.value.length > 0) return;
  sendings.value = (await interrupted()).map(({ key, path, name, size }) => ({
    id: ++ids,
    name,
    size,
    sent: 0,
    rate: 0,
    state: 'interrupted',
    text: t.uploads.interrupted,
    kept: { key, path },
  }));
}

/** {@link send}, for handlers of events. */
export const sendPicked = (picked: Picked[], target: Target) =>
  void send(picked, target).catch((error: ApiError) => showError(error));

const NEW = { base: '', keepBoth: false };

function next(): void {
  for (const { id } of sendings.value.filter(({ state }) => state === 'waiting').slice(0, AT_ONCE - running.size)) {
    const upload = jobs.get(id)!();
    running.set(id, upload);
    change(id, { state: 'sending' });
    void begin(upload);
  }
}

/** Resumes where an earlier attempt, or an earlier visit to this page, ended. */
async function begin(upload: Upload): Promise<void> {
  const [earlier] = await upload.findPreviousUploads();
  if (earlier) upload.resumeFromPreviousUpload(earlier);
  upload.start();
}

function start(
  id: number,
  file: File,
  path: string,
  { endpoint, folder }: Target,
  how: Exclude<Decision, string>,
): Upload {
  let mark = { at: performance.now(), sent: 0 };
  return new Upload(file, {
    endpoint,
    chunkSize: CHUNK,
    retryDelays: RETRIES_MS,
    removeFingerprintOnSuccess: true,
    // What is resumed must be the same file, to the same place, by the same decision.
    fingerprint: async ({ name, size, lastModified }) =>
      [endpoint, path, how.base, how.keepBoth, name, size, lastModified].join('::'),
    metadata: { path, mtime: String(file.lastModified), base: how.base, keepBoth: String(how.keepBoth) },
    onBeforeRequest(request) {
      for (const [name, value] of Object.entries(csrfHeader())) request.setHeader(name, value);
    },
    // A refusal is final, except that a full disk may get free space again.
    onShouldRetry: (error) => {
      const status = error.originalResponse?.getStatus() ?? 0;
      return status === 0 || status === 423 || status >= 500;
    },
    onProgress(sent) {
      const now = performance.now();
      if (now - mark.at < 500) return;
      change(id, { sent, rate: Math.max(0, ((sent - mark.sent) * 1000) / (now - mark.at)) });
      mark = { at: now, sent };
    },
    onSuccess({ lastResponse }) {
      const became = lastResponse.getHeader('x-sitesync-path') ?? path;
      const outcome = lastResponse.getHeader('x-sitesync-outcome') as UploadOutcome | undefined;
      const place = folder !== undefined && { place: toEntry(folder, became) };
      const state = outcome === 'conflict' ? 'conflict' : 'done';
      end(id, { state, sent: file.size, rate: 0, text: said(outcome, showName(lastName(became))), ...place });
    },
    onError(error) {
      const answer = 'originalResponse' in error ? error.originalResponse?.getBody() : undefined;
      end(id, { state: 'failed', rate: 0, text: sentence(detailOf(answer) ?? error.message) });
    },
  });
}

/** What became of an upload. Only the office learns what the holder of a link has sent. */
function said(outcome: UploadOutcome | undefined, became: string): string {
  if (outcome === undefined) return t.uploads.arrived;
  if (outcome === 'placed') return t.uploads.onItsWay;
  if (outcome === 'unchanged') return t.uploads.unchanged;
  return outcome === 'beside' ? t.uploads.keptBoth(became) : t.uploads.beside(became);
}

/** The site's error message, if the site answered. */
function detailOf(answer = ''): string | undefined {
  try {
    return refusalText(JSON.parse(answer) as Partial<Problem>);
  } catch {
    return undefined;
  }
}

function end(id: number, now: Partial<Sending>): void {
  running.delete(id);
  change(id, now);
  next();
}

export function pause(id: number): void {
  void running.get(id)?.abort();
  end(id, { state: 'paused', rate: 0 });
}

export function resume(id: number): void {
  change(id, { state: 'waiting' });
  next();
}

export function giveUp(id: number): void {
  void running.get(id)?.abort(true);
  const kept = sendings.value.find((one) => one.id === id)?.kept;
  if (kept) void forget(kept.key);
  running.delete(id);
  jobs.delete(id);
  sendings.value = sendings.value.filter((one) => one.id !== id);
  next();
}

export function clearFinished(): void {
  for (const one of sendings.value) if (isFinished(one)) jobs.delete(one.id);
  sendings.value = sendings.value.filter((one) => !isFinished(one));
}
