import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ProblemCode } from '../../problems/catalogue.ts';

/** Seconds: from a small file on a fast line to a week of a poor one. */
const WAIT_BUCKETS = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600, 86_400, 7 * 86_400];
const REQUEST_BUCKETS = [0.005, 0.02, 0.05, 0.1, 0.5, 1, 5, 30, 300];

/** One run of rsync. `large`: a file that travels alone. */
interface Transfer {
  peer: string;
  folder: string;
  large: boolean;
}

type MeteredServer = 'page' | 'agent';

/**
 * What an agent counts while it runs, since its start. Labels are bounded: neighbours, folders, problem codes, status
 * codes; never paths or the names of sites that are not neighbours.
 */
export interface Meters {
  readonly registry: Registry;
  /** A transfer of this many files starts; the returned function says that it has ended. */
  pullStarted(transfer: Transfer, files: number): () => void;
  pulled(transfer: Transfer, files: number, bytes: number): void;
  pullFailed(transfer: Transfer, code: ProblemCode): void;
  /** Rows of another site came in, `ages` ms after they were made there, by the clocks of the two sites. */
  rowsArrived(ages: number[]): void;
  /** Content that was fetched was placed on this disk, `waits` ms after it was wanted here. */
  placed(folder: string, waits: number[]): void;
  /** An HTTP request was answered. */
  answered(server: MeteredServer, request: { method: string; code: number; seconds: number }): void;
}

export function createMeters(): Meters {
  const registry = new Registry();
  const registers = [registry];
  const pulledFiles = new Counter({
    name: 'sitesync_pulled_files_total',
    help: 'Files whose content was fetched from a neighbour.',
    labelNames: ['peer', 'folder'],
    registers,
  });
  const pulledBytes = new Counter({
    name: 'sitesync_pulled_bytes_total',
    help: 'Size of the files whose content was fetched from a neighbour. Differences and compression send less.',
    labelNames: ['peer', 'folder'],
    registers,
  });
  const failures = new Counter({
    name: 'sitesync_pull_failures_total',
    help: 'Files that a transfer did not bring, by problem code. Each is retried.',
    labelNames: ['peer', 'code'],
    registers,
  });
  const pulling = new Gauge({
    name: 'sitesync_pulling_files',
    help: 'Files that are being fetched now. The lane "large" carries one file at a time.',
    labelNames: ['peer', 'lane'],
    registers,
  });
  const rows = new Histogram({
    name: 'sitesync_row_arrival_seconds',
    help: 'Time from a change at another site until its row was taken in here, by the clocks of the two sites.',
    buckets: WAIT_BUCKETS,
    registers,
  });
  const fetches = new Histogram({
    name: 'sitesync_fetch_seconds',
    help: 'Time from when fetched content was wanted here until it was placed.',
    labelNames: ['folder'],
    buckets: WAIT_BUCKETS,
    registers,
  });
  const requests = new Histogram({
    name: 'sitesync_http_request_duration_seconds',
    help: 'Duration of requests to the page and to the agent API. Streams of events last as long as they are read.',
    labelNames: ['server', 'method', 'code'],
    buckets: REQUEST_BUCKETS,
    registers,
  });
  return {
    registry,
    pullStarted({ peer, large }, files) {
      const running = pulling.labels({ peer, lane: large ? 'large' : 'small' });
      running.inc(files);
      return () => running.dec(files);
    },
    pulled({ peer, folder }, files, bytes) {
      pulledFiles.inc({ peer, folder }, files);
      pulledBytes.inc({ peer, folder }, bytes);
    },
    pullFailed: ({ peer }, code) => failures.inc({ peer, code }),
    rowsArrived(ages) {
      for (const ms of ages) rows.observe(Math.max(0, ms) / 1000);
    },
    placed(folder, waits) {
      const histogram = fetches.labels({ folder });
      for (const ms of waits) histogram.observe(Math.max(0, ms) / 1000);
    },
    answered: (server, { method, code, seconds }) => requests.observe({ server, method, code }, seconds),
  };
}
