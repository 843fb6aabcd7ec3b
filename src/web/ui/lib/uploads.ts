import { signal } from '@preact/signals';
import { Upload } from 'tus-js-client';
import type { Problem } from '../../contract/common.ts';
import { csrfHeader } from './api.ts';
import { t } from './messages.ts';
import { encodeName, showName } from './names.ts';
import { joinPath, lastName, toEntry } from './route.ts';
import { refusalText, sentence } from './said.ts';

export interface Sending {
  id: number;
  name: string;
  size: number;
  sent: number;
  /** Bytes per second. */
  rate: number;
  state: 'waiting' | 'sending' | 'paused' | 'done' | 'failed';
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
  /** Version that the user sees at a path; '' when nothing is there. */
  seen: (path: string) => string;
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

/** Adds files to the queue; a few are sent at a time, and each resumes after an interruption. */
export function send(picked: Picked[], target: Target): void {
  const added = picked.map(({ file, names }): Sending => {
    const id = ++ids;
    const path = names.map(encodeName).reduce(joinPath, target.directory);
    const place = target.folder !== undefined && { place: toEntry(target.folder, path) };
    jobs.set(id, () => start(id, file, path, target));
    return { id, name: names.join('/'), size: file.size, sent: 0, rate: 0, state: 'waiting', ...place };
  });
  sendings.value = [...sendings.value, ...added];
  next();
}

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

function start(id: number, file: File, path: string, { endpoint, folder, seen }: Target): Upload {
  let mark = { at: performance.now(), sent: 0 };
  return new Upload(file, {
    endpoint,
    chunkSize: CHUNK,
    retryDelays: RETRIES_MS,
    removeFingerprintOnSuccess: true,
    metadata: { path, mtime: String(file.lastModified), base: seen(path) },
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
      const beside = became === path ? t.uploads.onItsWay : t.uploads.beside(showName(lastName(became)));
      const place = folder !== undefined && { place: toEntry(folder, became) };
      end(id, { state: 'done', sent: file.size, rate: 0, text: beside, ...place });
    },
    onError(error) {
      const answer = 'originalResponse' in error ? error.originalResponse?.getBody() : undefined;
      end(id, { state: 'failed', rate: 0, text: sentence(detailOf(answer) ?? error.message) });
    },
  });
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
  running.delete(id);
  jobs.delete(id);
  sendings.value = sendings.value.filter((one) => one.id !== id);
  next();
}

export function clearFinished(): void {
  for (const { id, state } of sendings.value) if (state === 'done') jobs.delete(id);
  sendings.value = sendings.value.filter(({ state }) => state !== 'done');
}
