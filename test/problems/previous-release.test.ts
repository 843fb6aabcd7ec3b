import { expect, test } from 'vitest';
import { Summary } from '../../src/api/network-report.ts';
import { fromText } from '../../src/problems/previous-release.ts';
import { describe as describeProblem } from '../../src/problems/problem.ts';

// To be removed together with src/problems/previous-release.ts. The texts are those of the last release, letter by letter.

const at = 'hub.example:2222';
test.each([
  [
    'link to germany: germany does not grant its port 10873: it still holds the broken connection before this one (ends within 30 s), runs an older plan, or something else uses the port there (ssh: Error: remote port forwarding failed for listen port 10873)',
    'linkPortNotGranted',
    {
      peer: 'germany',
      port: '10873',
      detail: 'ssh: Error: remote port forwarding failed for listen port 10873',
    },
  ],
  [
    `link to germany: nothing listens at ${at}: start germany, or correct its address (ssh: ssh: connect to host hub.example port 2222: Connection refused)`,
    'linkNobodyListens',
    { peer: 'germany', at },
  ],
  [
    `link to germany: no answer from ${at}: germany or the network is down, or a firewall drops the connection`,
    'linkNoAnswer',
    { peer: 'germany', at },
  ],
  ['link to germany: the connection to germany ended', 'linkEnded', { peer: 'germany' }],
  ['link to germany: something new', 'linkDown', { peer: 'germany', why: 'something new' }],
  [
    'replication from germany: it has no log of the rows that come next. They are copied from its tables, and this goes on',
    'stateCopied',
    { peer: 'germany' },
  ],
  ['replication from germany: Error 1236', 'stateBroken', { peer: 'germany', why: 'Error 1236' }],
  [
    'folder projects at /srv/files: /srv/files has lost its marker .sitesync/marker: is the disk mounted? Mount it, or if it really was emptied, create that file',
    'markerGone',
    { folder: 'projects', root: '/srv/files' },
  ],
  [
    'folder projects at /srv/files: its disk does not answer (a network disk whose server is away?). It goes on by itself when it does',
    'diskSilent',
    { folder: 'projects', root: '/srv/files' },
  ],
  [
    'folder projects at /srv/files: EIO: i/o error',
    'folderShut',
    { folder: 'projects', root: '/srv/files', why: 'EIO: i/o error' },
  ],
  [
    'database: no space left on its disk (/srv/state): free some space; what is saved here reaches the others by itself then',
    'databaseDiskFull',
    { path: '/srv/state' },
  ],
  [
    'no space left on the disk of folder projects (/srv/files), 130000 bytes needed: free some space; what waits comes by itself then',
    'noRoom',
    { folder: 'projects', root: '/srv/files', bytes: '130000' },
  ],
  [
    'the database of brazil is older than its files, and no neighbour that knows better answers: connect it with one; or, to take all that differs for edits made there, run "rm /srv/files/.sitesync/mark"',
    'databaseOlder',
    { file: '/srv/files/.sitesync/mark' },
  ],
  [
    'another machine runs as brazil, as germany heard, and nothing that is saved at this one goes out: to keep this one, stop the other one, then run "rm /srv/cloned" here; to keep the other one, run "sitesync down" here',
    'cloned',
    { peer: 'germany', file: '/srv/cloned' },
  ],
  ['"plans": EACCES: the service may not read it: give its user the permission', 'noPermission', { path: 'plans' }],
  [
    'the kernel allows no more watches: raise fs.inotify.max_user_watches (sysctl); until then some changes are found by passes only',
    'tooFewWatches',
    {},
  ],
  ['projects: 3 changes wait for a person', 'folderHeld', { folder: 'projects', count: '3' }],
  ['12 files are still to come', 'filesBehind', { count: '12' }],
  ['never heard of', 'other', { text: 'never heard of' }],
])('%s', (text, code, params) => {
  expect(fromText(text)).toMatchObject({ code, params });
});

test('a text becomes text and nothing else, whatever it says, in time that grows with its length', () => {
  for (const text of ['{site}', '__proto__', 'link to {peer}: {why}', 'x'.repeat(300), '', `${'a: '.repeat(100_000)}!`])
    expect(describeProblem(fromText(text), 'brazil').reason).toContain(text);
});

test('a summary of that release has codes once it is parsed; one of today keeps its own', () => {
  const errors = ['replication from germany: broken'];
  expect(Summary.parse({ errors, reasons: ['12 files are still to come'] })).toMatchObject({
    problems: [{ code: 'stateBroken' }],
    notInSync: [{ code: 'filesBehind' }],
  });
  const today = Summary.parse({ errors, problems: [{ code: 'diskOnFire', params: {} }] });
  expect(today.problems).toEqual([{ code: 'diskOnFire', params: {} }]);
  expect(Summary.parse(today)).toEqual(today);
});
