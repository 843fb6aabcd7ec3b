import pino, { type Logger } from 'pino';
import { delay } from '../base/delay.ts';
import { logTo, logUnhandledRejections } from '../base/log.ts';
import { siteDir } from '../base/site-dir.ts';
import { openDatabase, openSeedDatabase } from '../database/connect.ts';
import { engines } from '../database/engines.ts';
import { problem } from '../problems/problem.ts';
import { exposeStatus } from './api/expose.ts';
import { serveApi } from './api/server.ts';
import { treesAhead } from './apply/pairing.ts';
import { beat } from './beat.ts';
import { createCore } from './core.ts';
import { createSite } from './create-site.ts';
import { dialledHub, observeLinks, reachableLinks } from './link/links.ts';
import { measurePeer } from './measure-peer.ts';
import { feelNeighbours, ownPulse } from './pulses.ts';
import { agentVersion } from './queries/agent-version.ts';
import { followBeats } from './queries/contacts.ts';
import { followSlowestLine } from './queries/slowest-line.ts';
import { noteClone, waitWhileCloned } from './replication/clone.ts';
import { recallOwnHistory } from './replication/recall.ts';
import { watchDatabase } from './replication/same-database.ts';
import { superviseReplication } from './replication/supervise.ts';
import { watchPeers } from './replication/watch-peers.ts';
import { watchStateRoom } from './room/state-room.ts';
import { setProblem } from './site/set-problem.ts';
import type { Site } from './site/site.ts';
import { followFiles, readSiteFiles } from './site/site-files.ts';
import { loadCounters } from './store/counters.ts';
import type { Incarnation } from './store/incarnation.ts';
import { runRsync } from './transfer/rsync.ts';
import { followVerification } from './verify/follow.ts';
import { followRows } from './verify/rows/follow.ts';
import { detectFor } from './watch-folders.ts';

/**
 * Runs one site's agent until `signal` is aborted. Resolves when everything it started has stopped. Calls `outdated`
 * when it must be restarted: the password of its database has changed, or a neighbour knows more about it than its own
 * database.
 */
export async function runAgent(root: string, signal: AbortSignal, outdated: () => void): Promise<void> {
  // Files get exactly the mode of their version.
  process.umask(0);
  const dir = siteDir(root);
  const { plan, secrets } = readSiteFiles(dir);
  const engine = engines[plan.engine];
  const log = pino({ name: 'agent', base: { site: plan.site } }, logTo());
  logUnhandledRejections(log);
  const db = openDatabase(plan, secrets);
  const database = watchDatabase(db, { engine, plan, signal }, () => {
    log.error('the database was replaced by an older one: restarting');
    outdated();
  });
  const now = Date.now;
  const counters = await whenPossible(log, signal, () => loadCounters(db, plan.site));
  if (!counters) return;

  const site = createSite({ plan, secrets, dir, db, log, signal, counters });
  const replication = superviseReplication({
    plan,
    secrets,
    pool: db,
    engine,
    log,
    signal,
    uplink: () => dialledHub(site.plan, dir),
    mayWrite: () => site.store.incarnations.length > 0,
  });
  const links = observeLinks({
    plan: () => site.plan,
    dir,
    secrets: () => site.secrets,
    channels: replication.states,
    isSilent: (peer) => pulses.isSilent(peer),
  });
  const pulses = feelNeighbours(site, links);
  const detector = detectFor(site);
  const seed = () => openSeedDatabase(site.plan, site.secrets);
  const core = createCore(site, detector, {
    engine,
    peers: links.peers,
    rsync: runRsync,
    measure: (peer) => measurePeer(site, peer),
    seed,
  });
  const beats = followBeats(site);
  const servers = [
    await serveApi(site, links, detector, beats),
    ...(plan.expose ? [await exposeStatus(site, plan.expose, links, detector, beats)] : []),
  ];
  if (plan.page) {
    // Nearly half of what an agent loads at its start is for the page, which few sites of a large network have.
    const { servePage } = await import('./page/serve.ts');
    servers.push(await servePage(site, plan.page, links, detector, beats));
  }
  const stateRoom = watchStateRoom(site);
  await waitWhileCloned(site);
  const confirmed = await whenPossible(log, signal, async () => {
    const reachable = () => reachableLinks(site.plan, dir);
    const doubt = () => doubtIn(site);
    const begun = (incarnations: Incarnation[]) => {
      site.store.incarnations.splice(0, Number.POSITIVE_INFINITY, ...incarnations);
    };
    const about = { plan, secrets, db, engine, log, signal, now };
    const compared = await recallOwnHistory({ ...about, links: reachable, doubt, begun });
    setProblem(site, 'doubt');
    await core.start();
    return compared;
  });
  const puller = core.pull();
  followFiles(
    [dir.config, dir.keys],
    () => readSiteFiles(dir),
    site,
    (files) => {
      if (files.secrets.agentPassword !== secrets.agentPassword) {
        log.info('the password of the database changed: restarting with the new one');
        return outdated();
      }
      log.info('the plan or the passwords changed');
      site.use(files);
      replication.update(files.plan, files.secrets);
      core.open().catch((error: Error) => log.warn({ err: error }, 'the changed plan cannot be applied yet; retrying'));
    },
  );
  log.info({ port: plan.ports.api, folders: [...site.folders.keys()] }, 'ready');

  await Promise.all([
    core.run(puller),
    beat(site, links, detector, agentVersion(), ownPulse(site)),
    watchPeers(
      {
        plan: () => site.plan,
        secrets: () => site.secrets,
        db,
        engine,
        log,
        signal,
        connected: () => links.peers().map(({ name }) => name),
      },
      confirmed === true,
      (finding, peer) => {
        if (finding === 'cloned') noteClone(site, peer);
        log.error({ peer, finding }, 'a neighbour knows more of this site than its own database: restarting');
        outdated();
      },
    ),
    followVerification(site, links, detector, puller),
    followRows(site, links),
    stateRoom,
    database,
    beats.closed,
    followSlowestLine(site, beats),
    pulses.closed,
  ]);
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  await core.end();
  await db.end();
}

/**
 * Whether the database is older than a tree: then only neighbours know what this site has announced. Reports it as a
 * problem meanwhile.
 */
async function doubtIn(site: Site): Promise<boolean> {
  const marks = await treesAhead(site.store.db, site.plan, site.dir, site.disk);
  const isDoubtful = marks.length > 0;
  setProblem(site, 'doubt', isDoubtful ? problem('databaseOlder', { file: marks.join(' ') }) : undefined);
  return isDoubtful;
}

/** Retries until the database responds. Undefined when the agent is stopped first. */
async function whenPossible<T>(log: Logger, signal: AbortSignal, task: () => Promise<T>): Promise<T | undefined> {
  for (let tries = 0; !signal.aborted; tries++) {
    try {
      return await task();
    } catch (error) {
      if (tries % 25 === 10) log.warn({ reason: (error as Error).message }, 'waiting for the database');
      await delay(200, signal);
    }
  }
  return undefined;
}
