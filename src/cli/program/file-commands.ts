import { type Command, Option } from 'commander';
import { Duration, Size } from '../../api/quantity.ts';
import { pastTime } from '../terminal/time.ts';
import { as, count, describe, json } from './options.ts';

/** Commands about files: where they are, their versions, and held changes. */
export function addFileCommands(program: Command): void {
  describe(
    program.command('ls'),
    'list the contents of a folder, and which sites have them',
    'sitesync ls germany projects:plans',
  )
    .argument('<site>', 'site to query')
    .argument('<target>', 'FOLDER[:PATH]')
    .addOption(json())
    .action(async (site, target, options) => (await import('../commands/ls.ts')).ls(site, target, options));

  describe(
    program.command('why'),
    'show where a file is: since when, errors, and what happens next',
    'sitesync why projects:plans/bridge.dwg --site spain',
  )
    .argument('<target>', 'FOLDER:PATH')
    .option('--site <site>', 'only show this site')
    .addOption(json())
    .action(async (target, options) => (await import('../commands/why.ts')).why(target, options));

  describe(
    program.command('log'),
    'list the versions of a file, newest first, and where each is stored',
    'sitesync log projects:plans/bridge.dwg',
  )
    .argument('<target>', 'FOLDER:PATH')
    .addOption(json())
    .action(async (target, options) => (await import('../commands/log.ts')).log(target, options));

  describe(
    program.command('restore'),
    'restore an old version, or everything below a path as of a point in time',
    [
      'sitesync restore projects:plans/bridge.dwg@brazil.42 --at germany',
      'sitesync restore projects:plans --as-of 2026-11-21T20:30 --at germany --dry-run',
      'sitesync restore projects --deleted --as-of 2d --to found --at germany',
    ].join('\n'),
  )
    .argument('<target>', 'FOLDER:PATH@VERSION; with --as-of or --deleted FOLDER[:PATH], including everything below')
    .requiredOption('--at <site>', 'site that restores it, as an ordinary edit')
    .addOption(
      new Option(
        '--as-of <time>',
        'point in time: 2026-11-21, 2026-11-21T20:30 or 3d (ago); newer files are kept',
      ).argParser(pastTime),
    )
    .option('--deleted', 'only what is deleted now; without --as-of, as it was before the deletion')
    .option('--to <dir>', 'restore into this directory of the folder instead')
    .option('--dry-run', 'show what would be done, without changing anything')
    .addOption(json())
    .action(async (target, options) => (await import('../commands/restore.ts')).restore(target, options));

  describe(
    program.command('retention'),
    'show what the version limits of a folder, or other limits, would remove now; changes nothing',
    'sitesync retention projects\nsitesync retention projects --keep 3 --max-age 30d --at germany',
  )
    .argument('<folder>', 'name of the SyncFolder')
    .option('--at <site>', 'only at this site')
    .addOption(
      new Option('--keep <number>', 'versions to keep of each file, instead of spec.versions.keep').argParser(count),
    )
    .addOption(
      new Option('--max-age <time>', 'instead of spec.versions.maxAge, for example 30d').argParser(as(Duration)),
    )
    .addOption(new Option('--max-size <size>', 'instead of spec.versions.maxSize, for example 5Gi').argParser(as(Size)))
    .addOption(json())
    .action(async (folder, options) => (await import('../commands/retention.ts')).retention(folder, options));

  describe(
    program.command('verify'),
    're-read everything, compare it with its hashes and repair damage; exits with 1 if something could not be repaired',
    'sitesync verify\nsitesync verify projects:plans --at brazil',
  )
    .argument('[target]', 'FOLDER[:PATH]; defaults to everything')
    .option('--at <site>', 'only at this site')
    .addOption(json())
    .action(async (target, options) => (await import('../commands/verify.ts')).verify(target, options));

  describe(
    program.command('held'),
    'list mass deletions and overwrites that wait for approval',
    'sitesync held\nsitesync held brazil',
  )
    .argument('[site]', 'only this site, including the paths')
    .addOption(json())
    .action(async (site, options) => (await import('../commands/held.ts')).held(site, options));

  describe(
    program.command('approve'),
    'share held changes with all sites; deleted files are moved to the archives there',
    'sitesync approve projects --at brazil\nsitesync approve projects:plans/old --at brazil',
  )
    .argument('<target>', 'FOLDER[:PATH], including everything below')
    .requiredOption('--at <site>', 'site that holds them')
    .addOption(json())
    .action(async (target, options) => (await import('../commands/decide.ts')).decide('approve', target, options));

  describe(
    program.command('reject'),
    'undo held changes: restore what all other sites have; overwritten content stays in the history',
    'sitesync reject projects --at brazil\nsitesync reject projects:plans/bridge.dwg --at brazil',
  )
    .argument('<target>', 'FOLDER[:PATH], including everything below')
    .requiredOption('--at <site>', 'site that holds them')
    .addOption(json())
    .action(async (target, options) => (await import('../commands/decide.ts')).decide('reject', target, options));
}
