import { once } from 'node:events';
import { type Response, Router } from 'express';
import { z } from 'zod';
import { decodeApiPath, encodeApiPath } from '../../base/api-path.ts';
import { type BytePath, pathProblem } from '../../base/bytes.ts';
import { Refused } from '../../base/refused.ts';
import { restore } from '../actions/restore.ts';
import { previewRestore, type Restored, restoreTree } from '../actions/restore-tree.ts';
import type { OpenFolder } from '../fs/folder.ts';
import type { Links } from '../link/links.ts';
import { answeringFolder } from '../queries/folder-of.ts';
import type { Site } from '../site/site.ts';
import { formatId } from '../versions/version.ts';

const Path = z.string().max(12_300);
const VersionBody = z.strictObject({ folder: z.string().max(63), path: Path, version: z.string().max(80) });
const TreeBody = z.strictObject({
  folder: z.string().max(63),
  path: Path,
  /** Unix ms. */
  asOf: z.number().int().min(0).optional(),
  deleted: z.boolean(),
  to: Path.optional(),
  dryRun: z.boolean(),
});

/** One line of the response to restore-tree. */
export interface RestoredLine {
  path: string;
  kind: string;
  size: number;
  version: string;
  replaces: boolean;
  is: Restored['is'];
  reason?: string;
}

/** Restoring one version, or everything below a directory as of a time. */
export function restoreRoutes(site: Site, links: Links): Router {
  const router = Router();
  router.post('/restore', async (request, response) => {
    const { folder, path, version } = VersionBody.parse(request.body);
    const restored = await restore(site, links, folder, decodeApiPath(path), version);
    response.json({ version: formatId(restored) });
  });
  // Streams lines of JSON, so that neither side holds a whole folder in memory. The last one is {"done": true}.
  router.post('/restore-tree', async (request, response) => {
    const { folder: name, path, asOf, deleted, to, dryRun } = TreeBody.parse(request.body);
    const folder = await folderFor(site, name);
    const wanted = {
      folder: name,
      path: decodeApiPath(path),
      deleted,
      ...(asOf !== undefined && { asOf }),
      ...(to !== undefined && { to: placeIn(decodeApiPath(to)) }),
    };
    if (asOf === undefined && !deleted) throw new Refused('specify a time, or select deleted files');
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const signal = AbortSignal.any([site.signal, gone.signal]);
    const parts = dryRun
      ? previewRestore(site, wanted)
      : restoreTree(site, () => links.peers(), folder, wanted, site.plan.site, signal);
    await tell(parts, response, signal);
  });
  return router;
}

async function folderFor(site: Site, name: string): Promise<OpenFolder> {
  const folder = await answeringFolder(site, name);
  if (folder.plan.mode === 'receiveOnly' || folder.plan.mode === 'relay')
    throw new Refused(`"${name}" is receive-only at ${site.plan.site}: restore it at another site`);
  return folder;
}

function placeIn(path: BytePath): BytePath {
  const problem = path === '' ? 'it does not specify a directory' : pathProblem(path);
  if (problem !== undefined) throw new Refused(`it cannot be restored there: ${problem}`);
  return path;
}

/** Once the response has begun, an error can only be reported as a line of it. */
async function tell(parts: AsyncGenerator<Restored[]>, response: Response, signal: AbortSignal): Promise<void> {
  response.type('application/x-ndjson');
  try {
    for await (const part of parts) {
      if (signal.aborted) return;
      const text = part.map((one) => `${JSON.stringify(lineOf(one))}\n`).join('');
      if (!response.write(text)) await once(response, 'drain', { signal });
    }
    response.end('{"done":true}\n');
  } catch (error) {
    if (!response.headersSent) throw error;
    response.end(`${JSON.stringify({ error: (error as Error).message })}\n`);
  }
}

function lineOf({ item: { ref, version, replaces }, is, reason }: Restored): RestoredLine {
  const { kind, size } = version;
  const path = encodeApiPath(ref.path);
  return { path, kind, size, version: formatId(version), replaces, is, ...(reason !== undefined && { reason }) };
}
