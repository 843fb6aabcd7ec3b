import { type Command, Option } from 'commander';
import { Duration, Size } from '../../api/quantity.ts';
import { pastTime } from '../terminal/time.ts';
import { as, count, describe, json } from './options.ts';

/** Commands about files: where they are, their versions, and changes that are held. */
export function addFileCommands(program: Command): void {
  describe(program.command('ls'), 'what is in a folder, and which sites have it', 'sitesync ls germany projects:plans')
    .argument('<site>', 'the site to ask')
    .argument('<target>', 'FOLDER[:PATH]')
    .addOption(json())
    .action(async (site, target, options) => (await import('../commands/ls.ts')).ls(site, target, options));

  describe(
    program.command('why'),
    'where a file is on its way: since when, which error, what happens next',
    'sitesync why projects:plans/bridge.dwg --site spain',
  )
    .argument('<target>', 'FOLDER:PATH')
    .option('--site <site>', 'only how it stands at this site')
    .addOption(json())
    .action(async (target, options) => (await import('../commands/why.ts')).why(target, options));

  describe(
    program.command('log'),
    'the versions of a file, newest first, and where each can be had',
    'sitesync log projects:plans/bridge.dwg',
  )
    .argument('<target>', 'FOLDER:PATH')
    .addOption(json())
    .action(async (target, options) => (await import('../commands/log.ts')).log(target, options));

  describe(
    program.command('restore'),
    'bring old versions back, as new ones: one version, or all below a path as it was at a time',
    [
      'sitesync restore projects:plans/bridge.dwg@brazil.42 --at germany',
      'sitesync restore projects:plans --as-of 2026-11-21T20:30 --at germany --dry-run',
      'sitesync restore projects --deleted --as-of 2d --to found --at germany',
    ].join('\n'),
  )
    .argument(
      '<target>',
      'FOLDER:PATH@VERSION, or with --as-of or --deleted FOLDER[:PATH]; of a directory all below it',
    )
    .requiredOption('--at <site>', 'the site that restores it: an ordinary edit there')
    .addOption(
      new Option(
        '--as-of <time>',
        'as it was then: 2026-11-21, 2026-11-21T20:30 or 3d ago; what is newer stays',
      ).argParser(pastTime),
    )
    .option('--deleted', 'only what is deleted now; without --as-of as it was before')
    .option('--to <dir>', 'put it into this directory of the folder, beside what is there')
    .option('--dry-run', 'say what it would do, and change nothing')
    .addOption(json())
    .action(async (target, options) => (await import('../commands/restore.ts')).restore(target, options));

  describe(
    program.command('retention'),
    "what the limits of a folder's archives would remove now, or other limits; changes nothing",
    'sitesync retention projects\nsitesync retention projects --keep 3 --max-age 30d --at germany',
  )
    .argument('<folder>', 'the SyncFolder')
    .option('--at <site>', 'only at this site')
    .addOption(new Option('--keep <number>', 'versions of each file, instead of spec.versions.keep').argParser(count))
    .addOption(
      new Option('--max-age <time>', 'instead of spec.versions.maxAge, for instance 30d').argParser(as(Duration)),
    )
    .addOption(
      new Option('--max-size <size>', 'instead of spec.versions.maxSize, for instance 5Gi').argParser(as(Size)),
    )
    .addOption(json())
    .action(async (folder, options) => (await import('../commands/retention.ts')).retention(folder, options));

  describe(
    program.command('verify'),
    'read everything again, compare it with its hashes and heal what the disk has damaged; exits with 1 when something stays damaged',
    'sitesync verify\nsitesync verify projects:plans --at brazil',
  )
    .argument('[target]', 'FOLDER[:PATH]; everything if absent')
    .option('--at <site>', 'only at this site')
    .addOption(json())
    .action(async (target, options) => (await import('../commands/verify.ts')).verify(target, options));

  describe(
    program.command('held'),
    'mass deletions and overwrites that wait for a person, and are not shared until then',
    'sitesync held\nsitesync held brazil',
  )
    .argument('[site]', 'only this site, with the paths')
    .addOption(json())
    .action(async (site, options) => (await import('../commands/held.ts')).held(site, options));

  describe(
    program.command('approve'),
    'share held changes with all sites: what was deleted is deleted everywhere, into their archives',
    'sitesync approve projects --at brazil\nsitesync approve projects:plans/old --at brazil',
  )
    .argument('<target>', 'FOLDER[:PATH]; of a directory all below it')
    .requiredOption('--at <site>', 'the site that holds them')
    .addOption(json())
    .action(async (target, options) => (await import('../commands/decide.ts')).decide('approve', target, options));

  describe(
    program.command('reject'),
    'undo held changes: what all other sites have comes back, what was written over it is kept in the history',
    'sitesync reject projects --at brazil\nsitesync reject projects:plans/bridge.dwg --at brazil',
  )
    .argument('<target>', 'FOLDER[:PATH]; of a directory all below it')
    .requiredOption('--at <site>', 'the site that holds them')
    .addOption(json())
    .action(async (target, options) => (await import('../commands/decide.ts')).decide('reject', target, options));
}
