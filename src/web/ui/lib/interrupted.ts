import { defaultOptions } from 'tus-js-client';
import { showName } from './names.ts';
import { lastName } from './route.ts';

const { urlStorage } = defaultOptions;

/** Uploads that an earlier visit to this page left unfinished: they continue when their file is chosen again. */
export async function interrupted(): Promise<{ key: string; path: string; name: string; size: number }[]> {
  const all = await urlStorage.findAllUploads();
  return all.flatMap(({ urlStorageKey: key, metadata: { path }, size }) =>
    path === undefined ? [] : [{ key, path, name: showName(lastName(path)), size: size ?? 0 }],
  );
}

export const forget = (key: string) => urlStorage.removeUpload(key);
