import type { KubeClient } from './client.ts';
import { KubeError } from './error.ts';
import { type Selection, withKind } from './list.ts';
import { collectionPath, type KubeObject } from './object.ts';

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: KubeObject;
}

/** The server ends a watch after this many seconds; the next one continues where it ended. */
const SERVER_SECONDS = 290;
/** Bookmarks come every minute: a watch that is silent for longer hangs. */
const SILENCE_MS = 90_000;

interface Line {
  type: WatchEvent['type'] | 'ERROR';
  object: KubeObject & { code?: number; reason?: string; message?: string };
}

/**
 * Changes since `resourceVersion`. Returns when the server ends the watch; throws when the connection breaks or falls
 * silent, or the version is too old (a KubeError with code 410).
 */
export async function* watch(
  client: KubeClient,
  selection: Selection,
  resourceVersion: string,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const silent = new AbortController();
  let timer = setTimeout(() => silent.abort(new Error('the watch timed out')), SILENCE_MS);
  try {
    const body = await client.stream({
      method: 'GET',
      path: collectionPath(selection.resource, selection.namespace),
      query: {
        watch: true,
        resourceVersion,
        allowWatchBookmarks: true,
        timeoutSeconds: SERVER_SECONDS,
        labelSelector: selection.labelSelector,
      },
      signal: AbortSignal.any([signal, silent.signal]),
    });
    for await (const line of linesOf(body)) {
      clearTimeout(timer);
      timer = setTimeout(() => silent.abort(new Error('the watch timed out')), SILENCE_MS);
      const { type, object } = JSON.parse(line) as Line;
      if (type === 'ERROR')
        throw new KubeError(object.code ?? 500, object.reason ?? 'Unknown', object.message ?? 'the watch failed');
      yield { type, object: withKind(object, selection.resource) };
    }
  } finally {
    clearTimeout(timer);
    silent.abort();
  }
}

/** One event per line. */
async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    yield* lines.filter((line) => line !== '');
  }
}
