import type { Page } from '../../web/routes/page.ts';
import { carryOut } from '../actions/approve-reject.ts';
import { makeDirectory, move, restoreAs, writable } from '../actions/changes.ts';
import { admit, receive, uploadRoom } from '../actions/receive.ts';
import { remove } from '../actions/remove.ts';
import { resolve } from '../actions/resolve.ts';
import { restoreChoice } from '../actions/restore-choice.ts';
import type { Detector } from '../detect/detector.ts';
import type { Links } from '../link/links.ts';
import { agentVersion } from '../queries/agent-version.ts';
import { createBelow } from '../queries/below.ts';
import { openCatalogue } from '../queries/catalogue.ts';
import { conflictsOf } from '../queries/conflicts.ts';
import type { Contacts } from '../queries/contacts.ts';
import { openAt, openCurrent, openVersion, statIn, walkTree, walkTreeAt } from '../queries/content.ts';
import { listEntries } from '../queries/entries.ts';
import { createEvents } from '../queries/events.ts';
import { existingAt } from '../queries/existing.ts';
import { answeringFolder } from '../queries/folder-of.ts';
import { heldChanges, heldFolders } from '../queries/held-changes.ts';
import { versionsOf } from '../queries/history.ts';
import { lacksOf } from '../queries/lacks.ts';
import { keepNameOrders } from '../queries/name-order.ts';
import { networkReporter } from '../queries/network-reporter.ts';
import { snapshotReader } from '../queries/placement-snapshot.ts';
import { search } from '../queries/search.ts';
import { timelineOf } from '../queries/timeline.ts';
import { whereIs } from '../queries/where.ts';
import type { Site } from '../site/site.ts';
import { networkViewer } from './network-view.ts';

/** What this site's page shows and does, from its own database and disk. */
export function createPage(site: Site, links: Links, detector: Detector, contacts: Contacts): Page {
  const snapshot = snapshotReader(site, links, contacts);
  const report = networkReporter(site, links, detector, contacts);
  const view = networkViewer(site.monotonic);
  const network = async () => view(site.plan, await report(), await snapshot());
  const catalogue = openCatalogue(site);
  const below = createBelow(catalogue, site.monotonic);
  const listing = { snapshot, orders: keepNameOrders(site), below };
  const events = createEvents(site, snapshot, network, below.isOutdated);
  return {
    site: site.plan.site,
    network: site.plan.network,
    version: agentVersion(),
    folders: () =>
      site.plan.folders.map(({ name, mode, members }) => ({
        name,
        mode,
        sites: members,
        problem: site.folderErrors.get(name) ?? null,
      })),
    browse: {
      entries: (folder, path, query) => listEntries(site, listing, folder, path, query),
      open: async (name, path, { version, at } = {}) => {
        const folder = await answeringFolder(site, name);
        if (version !== undefined) return openVersion(site, links, folder, path, version);
        return at === undefined ? openCurrent(site, folder, path) : openAt(site, links, folder, path, at);
      },
      stat: async (name, path) => statIn(await answeringFolder(site, name), path),
      walk: (name, path, at) =>
        at === undefined ? walkTree(site, name, path) : walkTreeAt(site, links, name, path, at),
      search: async (query, folders) => search(site, catalogue, below, await snapshot(), query, folders),
    },
    change: {
      makeDirectory: (folder, path, author) => makeDirectory(site, folder, path, author),
      move: (folder, from, to, author) => move(site, folder, from, to, author),
      remove: (folder, paths, versions, author) => remove(site, folder, paths, versions, author),
      restore: (folder, path, version, author) => restoreAs(site, links, folder, path, version, author),
      restoreAll: (folder, paths, at, author) => restoreChoice(site, links, folder, paths, at, author),
      resolve: (folder, conflict, author) => resolve(site, folder, conflict, author),
      uploadRoom: async (name) => uploadRoom(await writable(site, name)),
      admit: async (name, path, size) => admit(await writable(site, name), path, size),
      existing: async (name, paths) => existingAt(site, (await answeringFolder(site, name)).plan.name, paths),
      receive: async (name, upload, author) => receive(site, await writable(site, name), upload, author),
    },
    queries: {
      where: async (folder, path) => whereIs(site, await snapshot(), folder, path),
      versions: async (folder, path, query) => versionsOf(site, await snapshot(), folder, path, query),
      conflicts: (folders, cursor, limit) => conflictsOf(site, folders, cursor, limit),
      network,
      lacks: async (name, folders, cursor, limit) => lacksOf(site, await snapshot(), name, folders, cursor, limit),
      timeline: (folders, cursor, limit) => timelineOf(site, folders, cursor, limit),
    },
    held: {
      folders: () => heldFolders(site),
      changes: (folder, path, query) => heldChanges(site, folder, path, query),
      approve: (folder, paths, author) => carryOut(site, 'approve', folder, paths, author),
      reject: (folder, paths, author) => carryOut(site, 'reject', folder, paths, author),
    },
    subscribe(listener) {
      // Somebody has the page open: they may search next.
      catalogue.use();
      return events(listener);
    },
  };
}
