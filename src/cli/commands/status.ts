import { mergeStatus, type StatusRow } from '../../agent/queries/merge-status.ts';
import { duration } from '../../base/duration.ts';
import type { DataDir } from '../../local/data-dir.ts';
import type { ProblemCode } from '../../problems/catalogue.ts';
import { sentenceOf } from '../../problems/problem.ts';
import { pageUrl } from '../../topology/page-url.ts';
import { askAll } from '../sites/ask-all.ts';
import { clientOf, siteClients } from '../sites/client.ts';
import { hiddenLag } from '../sites/hidden-lag.ts';
import { rowsFromReport } from '../sites/report-rows.ts';
import { bytes, orDash, print, printJson, yesNo } from '../terminal/output.ts';
import { table } from '../terminal/table.ts';

export async function status(
  name: string | undefined,
  options: { data: DataDir; at?: string; json?: boolean },
): Promise<void> {
  if (name !== undefined) clientOf(options.data, name);
  const reports = options.at === undefined ? await askEverybody(options.data) : await askOne(options.data, options.at);
  const sites = reports.filter((site) => name === undefined || site.name === name);
  if (options.json) printJson({ sites });
  else print(render(sites, options.at));
}

/** All sites are asked even for one: whether it is in sync depends on what the others know. */
async function askEverybody(data: DataDir): Promise<StatusRow[]> {
  const clients = siteClients(data);
  const answers = await askAll(clients, (client) => client.status());
  return mergeStatus(answers, await hiddenLag(answers, clients));
}

async function askOne(data: DataDir, teller: string): Promise<StatusRow[]> {
  const pages = new Map(siteClients(data).map(({ name, plan }) => [name, pageUrl(plan)]));
  return rowsFromReport(await clientOf(data, teller).network(), (name) => pages.get(name) ?? null);
}

const heldSentence = (n: number) => (n === 1 ? '1 change waits for approval' : `${n} changes wait for approval`);

const ago = (at: string) => `${duration(Math.max(0, (Date.now() - Date.parse(at)) / 1000))} ago`;

/** The table has their numbers. */
const IN_TABLE: ReadonlySet<string> = new Set<ProblemCode>([
  'filesBehind',
  'filesMissing',
  'folderHeld',
  'notResponding',
]);

/** Why a site is not in sync, where nothing else that is shown says so. */
function unsaidReasons({ name, notInSync, problems }: StatusRow): string[] {
  const said = new Set(problems.map((one) => JSON.stringify(one)));
  const unsaid = notInSync.filter((one) => !IN_TABLE.has(one.code) && !said.has(JSON.stringify(one)));
  return unsaid.map((one) => `${name}: ${sentenceOf(one, name)}`);
}

function render(sites: StatusRow[], teller: string | undefined): string {
  const head = [
    'SITE',
    'ROLE',
    'HUB',
    'CONNECTED',
    'IN SYNC',
    'LAG',
    'FILES BEHIND',
    'BYTES BEHIND',
    'CONFLICTS',
    'HELD',
    'VERIFIED',
    ...(teller === undefined ? [] : ['AS OF']),
  ];
  const rows = sites.map((site) => [
    site.name,
    site.role,
    site.hub ?? '-',
    yesNo(site.connected),
    yesNo(site.inSync),
    orDash(site.lagSeconds, duration),
    orDash(site.filesBehind),
    orDash(site.bytesBehind, bytes),
    orDash(site.conflicts),
    orDash(site.held),
    orDash(site.verifiedAt, ago),
    ...(teller === undefined ? [] : [orDash(site.asOf)]),
  ]);
  const errors = sites.flatMap(({ name, errors: all }) =>
    all.map((error) => (error.startsWith(`${name}: `) ? error : `${name}: ${error}`)),
  );
  const held = sites.flatMap((site) =>
    site.held ? [`${site.name}: ${heldSentence(site.held)}; see "sitesync held ${site.name}"`] : [],
  );
  errors.unshift(...held);
  errors.push(...sites.flatMap(unsaidReasons));
  return [table(head, rows), ...(errors.length > 0 ? ['', ...errors] : [])].join('\n');
}
