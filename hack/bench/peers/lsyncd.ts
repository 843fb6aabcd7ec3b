import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One hop on one disk, with a delay of 1 s: lsyncd and a local rsync, without any link. */
export async function startLsyncd(): Promise<{ from: string; to: string; stop(): Promise<void> }> {
  const temp = mkdtempSync(join(tmpdir(), 'sitesync-bench-lsyncd-'));
  const [from, to, config] = [join(temp, 'from'), join(temp, 'to'), join(temp, 'lsyncd.conf.lua')];
  mkdirSync(from);
  mkdirSync(to);
  writeFileSync(
    config,
    `settings { nodaemon = true }
sync { default.rsync, source = "${from}", target = "${to}", delay = 1, rsync = { archive = true } }
`,
  );
  const child = spawn('lsyncd', [config], { stdio: 'ignore' });
  return {
    from,
    to,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
      rmSync(temp, { recursive: true, force: true });
    },
  };
}
