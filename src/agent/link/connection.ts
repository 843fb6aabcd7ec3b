import { execa } from 'execa';
import type { Logger } from 'pino';
import { untilIdle } from '../../base/hang.ts';
import type { Problem } from '../../problems/problem.ts';
import type { LinkPlan } from '../../topology/site-plan.ts';
import { explain, explainMissing, explainRefusal, readSshLine } from './explain.ts';
import { KEEPALIVE } from './ssh.ts';

/** One run of ssh. */
export interface Connection {
  /** `up`: authenticated, and every forward was granted. `ended`: the process has exited, and its ports are free. */
  state(): 'connecting' | 'up' | 'ended';
  /** Why it ended; while it is up, what the peer refuses. */
  problem(): Problem | undefined;
  /** Resolves when ssh has exited. `reason` is reported as the problem when ssh itself gives none. */
  stop(reason?: string): Promise<void>;
}

/** Exit code of setpriv(1) when the program does not exist. */
const NOT_FOUND = 127;

/** The last lines of ssh suffice to explain a failure. */
const KEPT_LINES = 20;

/** While connected, ssh wakes up at least for its keepalive. */
const HANGS_AFTER_MS = 2 * KEEPALIVE.seconds * 1000;

/** Starts ssh, which is killed when this process dies. `onChange` is called when state() or problem() changes. */
export function connect(argv: string[], link: LinkPlan, log: Logger, onChange: () => void): Connection {
  const lines: string[] = [];
  let state: ReturnType<Connection['state']> = 'connecting';
  let refusal: Problem | undefined;
  let authenticated = false;
  let granted = 0;
  let isMissing = false;
  const [PATH, HOME] = [process.env['PATH'], process.env['HOME']];
  const ssh = execa('setpriv', ['--pdeathsig', 'KILL', '--', ...argv], {
    reject: false,
    buffer: false,
    stdin: 'ignore',
    stdout: 'ignore',
    forceKillAfterDelay: 1000,
    extendEnv: false,
    env: { PATH, HOME, LC_ALL: 'C' },
  });

  const over = new AbortController();

  /** A suspended ssh keeps its ports, and nothing else shows that it does not work. */
  async function watch() {
    if (!(await untilIdle(() => (ssh.pid === undefined ? [] : [ssh.pid]), HANGS_AFTER_MS, over.signal))) return;
    lines.push(`ssh did nothing for ${HANGS_AFTER_MS / 1000} s, not even keep the connection alive: it was ended`);
    ssh.kill('SIGKILL');
  }

  function read(line: string) {
    const meaning = readSshLine(line);
    if (meaning === 'authenticated') authenticated = true;
    else if (meaning === 'granted') granted++;
    else if (meaning === 'refused') refusal = explainRefusal(link);
    else if (meaning === 'trouble') {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
    }
    if (meaning !== 'noise') log.debug({ peer: link.peer, ssh: line }, 'ssh says');
    if (state === 'connecting' && authenticated && granted === link.forwards.remote.length) {
      state = 'up';
      lines.length = 0;
      void watch();
    } else if (meaning !== 'refused') return;
    onChange();
  }

  async function run() {
    try {
      for await (const line of ssh.iterable({ from: 'stderr' })) read(line);
    } catch (error) {
      lines.push(`what ssh says cannot be read: ${(error as Error).message}`);
      ssh.kill();
    }
    const result = await ssh;
    over.abort();
    isMissing = result.code === 'ENOENT' || result.exitCode === NOT_FOUND;
    if (result.code) lines.push(`${result.code}: ${result.originalMessage ?? ''}`);
    state = 'ended';
    onChange();
  }
  const gone = run();

  return {
    state: () => state,
    problem() {
      if (state !== 'ended') return refusal;
      return isMissing ? explainMissing(lines, link) : explain(lines, link);
    },
    async stop(reason) {
      if (reason) lines.push(reason);
      if (state !== 'ended') ssh.kill();
      await gone;
    },
  };
}
