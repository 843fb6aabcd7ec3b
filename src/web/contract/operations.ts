import type { z } from 'zod';
import { Entries, EntriesQuery, FileQuery, Folders, PathQuery } from './browse.ts';
import { Changed, Deleted, Deletion, Move, NewDirectory, Restore } from './change.ts';
import { Event } from './events.ts';
import { Held, HeldChanges, HeldChoice, HeldOutcome, HeldQuery } from './held.ts';
import { Lacks, LacksQuery, Network, Timeline, TimelineQuery } from './network.ts';
import { Found, SearchQuery } from './search.ts';
import { Session, SignedOut, SignIn, StartQuery, Users } from './session.ts';
import { NewShare, PublicShare, Share, Shares, Unlock } from './shares.ts';
import { Conflicts, ConflictsQuery, Diff, DiffQuery, Resolve, Versions, VersionsQuery } from './versions.ts';
import { Where } from './where.ts';

/** One operation of the API. Paths are below /api/v1. */
export interface Operation {
  method: 'get' | 'post' | 'put' | 'delete' | 'patch' | 'head' | 'options';
  path: string;
  summary: string;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Schema of the JSON that is answered, or the media type of anything else. Absent: no content. */
  answer?: z.ZodType | string;
  /** A browser is sent elsewhere. */
  redirect?: true;
  /** Nobody has to be signed in. */
  open?: true;
}

const folder = '/folders/{folder}';
const share = '/public/{token}';

/** Everything that the page can ask of its site. Requests that change something need the header `x-csrf-token`. */
export const operations: Operation[] = [
  { method: 'get', path: '/openapi.json', summary: 'This description', answer: 'application/json', open: true },
  { method: 'get', path: '/session', summary: 'Who is signed in', answer: Session, open: true },
  { method: 'post', path: '/session', summary: 'Sign in', body: SignIn, answer: Session, open: true },
  { method: 'delete', path: '/session', summary: 'Sign out', answer: SignedOut },
  {
    method: 'get',
    path: '/session/oidc/start',
    summary: 'Sign in by the provider: sends the browser there',
    query: StartQuery,
    redirect: true,
    open: true,
  },
  {
    method: 'get',
    path: '/session/oidc/callback',
    summary: 'Where the provider sends the browser back to',
    redirect: true,
    open: true,
  },
  { method: 'get', path: '/users', summary: 'Users of this site (admin)', answer: Users },
  { method: 'get', path: '/folders', summary: 'Folders that the person may see', answer: Folders },
  { method: 'get', path: `${folder}/entries`, summary: 'A directory', query: EntriesQuery, answer: Entries },
  { method: 'get', path: `${folder}/file`, summary: 'Bytes of a file; ranges', query: FileQuery, answer: '*/*' },
  { method: 'get', path: `${folder}/zip`, summary: 'A directory as zip', query: PathQuery, answer: 'application/zip' },
  { method: 'post', path: `${folder}/directories`, summary: 'Make a directory', body: NewDirectory, answer: Changed },
  { method: 'post', path: `${folder}/moves`, summary: 'Rename or move', body: Move, answer: Changed },
  { method: 'post', path: `${folder}/deletions`, summary: 'Delete', body: Deletion, answer: Deleted },
  { method: 'post', path: `${folder}/restores`, summary: 'Restore a version', body: Restore, answer: Changed },
  { method: 'post', path: `${folder}/uploads`, summary: 'Begin an upload (tus 1.0.0)' },
  { method: 'head', path: `${folder}/uploads/{id}`, summary: 'How far an upload is (tus)' },
  { method: 'patch', path: `${folder}/uploads/{id}`, summary: 'Bytes of an upload (tus)' },
  { method: 'delete', path: `${folder}/uploads/{id}`, summary: 'Give an upload up (tus)' },
  { method: 'get', path: `${folder}/where`, summary: 'Where a file is on its way', query: PathQuery, answer: Where },
  { method: 'get', path: `${folder}/versions`, summary: 'History of a path', query: VersionsQuery, answer: Versions },
  { method: 'get', path: `${folder}/diff`, summary: 'Two versions of a text', query: DiffQuery, answer: Diff },
  { method: 'post', path: `${folder}/resolutions`, summary: 'Settle a conflict', body: Resolve, answer: Changed },
  { method: 'get', path: '/held', summary: 'Changes that wait for a person, by folder', answer: Held },
  { method: 'get', path: `${folder}/held`, summary: 'Those of a folder', query: HeldQuery, answer: HeldChanges },
  {
    method: 'post',
    path: `${folder}/held/approve`,
    summary: 'Share held changes with all sites',
    body: HeldChoice,
    answer: HeldOutcome,
  },
  {
    method: 'post',
    path: `${folder}/held/reject`,
    summary: 'Put back what all other sites have',
    body: HeldChoice,
    answer: HeldOutcome,
  },
  { method: 'get', path: '/conflicts', summary: 'Conflicts with a copy', query: ConflictsQuery, answer: Conflicts },
  { method: 'get', path: '/network', summary: 'Offices and links', answer: Network },
  { method: 'get', path: '/network/{site}/lacks', summary: 'What an office lacks', query: LacksQuery, answer: Lacks },
  { method: 'get', path: '/timeline', summary: 'What happened', query: TimelineQuery, answer: Timeline },
  { method: 'get', path: '/search', summary: 'Search names', query: SearchQuery, answer: Found },
  { method: 'get', path: '/shares', summary: 'Shares: own ones, all for an admin', answer: Shares },
  { method: 'post', path: '/shares', summary: 'Share by a link', body: NewShare, answer: Share },
  { method: 'delete', path: '/shares/{id}', summary: 'Revoke a share' },
  {
    method: 'get',
    path: share,
    summary: 'What a link shares',
    query: PathQuery.partial(),
    answer: PublicShare,
    open: true,
  },
  {
    method: 'post',
    path: `${share}/unlock`,
    summary: 'Give the password',
    body: Unlock,
    answer: PublicShare,
    open: true,
  },
  { method: 'get', path: `${share}/file`, summary: 'A shared file', query: PathQuery, answer: '*/*', open: true },
  { method: 'get', path: `${share}/zip`, summary: 'A shared directory', answer: 'application/zip', open: true },
  { method: 'post', path: `${share}/uploads`, summary: 'Drop a file (tus 1.0.0)', open: true },
  { method: 'get', path: '/events', summary: 'Changes as they come: server-sent events', answer: Event },
];
