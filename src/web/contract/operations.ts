import type { z } from 'zod';
import { AuditLog, AuditQuery } from './audit.ts';
import { Entries, EntriesQuery, FileQuery, Folders, PathQuery, ZipQuery } from './browse.ts';
import {
  Changed,
  Deleted,
  Deletion,
  ExistingEntries,
  ExistingQuery,
  Move,
  NewDirectory,
  Restoration,
  Restorations,
  Restore,
} from './change.ts';
import { Event } from './events.ts';
import { Held, HeldChanges, HeldChoice, HeldOutcome, HeldQuery } from './held.ts';
import { Lacks, LacksQuery, Network, Timeline, TimelineQuery } from './network.ts';
import { SearchQuery, SearchResults } from './search.ts';
import { Session, SignedOut, SignIn, StartQuery, Users } from './session.ts';
import { NewShare, PublicShare, Share, Shares, Unlock } from './shares.ts';
import { Conflicts, ConflictsQuery, Diff, DiffQuery, Resolve, Versions, VersionsQuery } from './versions.ts';
import { Where } from './where.ts';

/** One operation of the page API. Paths are below {@link PAGE_API}. */
export interface Operation {
  method: 'get' | 'post' | 'put' | 'delete' | 'patch' | 'head' | 'options';
  path: string;
  summary: string;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Schema of the JSON response, or the media type of any other. Absent: no content. */
  answer?: z.ZodType | string;
  /** The browser is redirected. */
  redirect?: true;
  /** Does not require signing in. */
  open?: true;
}

const folder = '/folders/{folder}';
const share = '/public/{token}';

/** Everything the page can request from its site. Requests that change something need the header `x-csrf-token`. */
export const operations: Operation[] = [
  { method: 'get', path: '/openapi.json', summary: 'This description', answer: 'application/json', open: true },
  { method: 'get', path: '/session', summary: 'Who is signed in', answer: Session, open: true },
  { method: 'post', path: '/session', summary: 'Sign in', body: SignIn, answer: Session, open: true },
  { method: 'delete', path: '/session', summary: 'Sign out', answer: SignedOut },
  {
    method: 'get',
    path: '/session/oidc/start',
    summary: 'Sign in through the provider (redirect)',
    query: StartQuery,
    redirect: true,
    open: true,
  },
  {
    method: 'get',
    path: '/session/oidc/callback',
    summary: 'Redirect URI for the provider',
    redirect: true,
    open: true,
  },
  {
    method: 'get',
    path: '/audit',
    summary: 'Sign-ins, shares and attempts (admin)',
    query: AuditQuery,
    answer: AuditLog,
  },
  { method: 'get', path: '/users', summary: 'Users of this site (admin)', answer: Users },
  { method: 'get', path: '/folders', summary: 'Folders the user may see', answer: Folders },
  { method: 'get', path: `${folder}/entries`, summary: 'List a directory', query: EntriesQuery, answer: Entries },
  {
    method: 'get',
    path: `${folder}/file`,
    summary: 'Content of a file; supports ranges',
    query: FileQuery,
    answer: '*/*',
  },
  {
    method: 'get',
    path: `${folder}/zip`,
    summary: 'Download a directory as zip',
    query: ZipQuery,
    answer: 'application/zip',
  },
  { method: 'post', path: `${folder}/directories`, summary: 'Create a directory', body: NewDirectory, answer: Changed },
  { method: 'post', path: `${folder}/moves`, summary: 'Rename or move', body: Move, answer: Changed },
  { method: 'post', path: `${folder}/deletions`, summary: 'Delete', body: Deletion, answer: Deleted },
  { method: 'post', path: `${folder}/restores`, summary: 'Restore a version', body: Restore, answer: Changed },
  {
    method: 'post',
    path: `${folder}/existing`,
    summary: 'What is at these paths, before an upload',
    body: ExistingQuery,
    answer: ExistingEntries,
  },
  {
    method: 'post',
    path: `${folder}/restorations`,
    summary: 'Restore entries, with everything in them',
    body: Restoration,
    answer: Restorations,
  },
  { method: 'post', path: `${folder}/uploads`, summary: 'Start an upload (tus 1.0.0)' },
  { method: 'head', path: `${folder}/uploads/{id}`, summary: 'Offset of an upload (tus)' },
  { method: 'patch', path: `${folder}/uploads/{id}`, summary: 'Continue an upload (tus)' },
  { method: 'delete', path: `${folder}/uploads/{id}`, summary: 'Cancel an upload (tus)' },
  {
    method: 'get',
    path: `${folder}/where`,
    summary: 'Progress of a file to each office',
    query: PathQuery,
    answer: Where,
  },
  { method: 'get', path: `${folder}/versions`, summary: 'History of a path', query: VersionsQuery, answer: Versions },
  { method: 'get', path: `${folder}/diff`, summary: 'Compare two versions of a text', query: DiffQuery, answer: Diff },
  { method: 'post', path: `${folder}/resolutions`, summary: 'Resolve a conflict', body: Resolve, answer: Changed },
  { method: 'get', path: '/held', summary: 'Held changes, by folder', answer: Held },
  { method: 'get', path: `${folder}/held`, summary: 'Held changes in a folder', query: HeldQuery, answer: HeldChanges },
  {
    method: 'post',
    path: `${folder}/held/approve`,
    summary: 'Approve held changes: share them with all sites',
    body: HeldChoice,
    answer: HeldOutcome,
  },
  {
    method: 'post',
    path: `${folder}/held/reject`,
    summary: 'Reject held changes: restore what all other sites have',
    body: HeldChoice,
    answer: HeldOutcome,
  },
  {
    method: 'get',
    path: '/conflicts',
    summary: 'Conflicts that have a copy',
    query: ConflictsQuery,
    answer: Conflicts,
  },
  { method: 'get', path: '/network', summary: 'Offices and links', answer: Network },
  {
    method: 'get',
    path: '/network/{site}/lacks',
    summary: 'What an office is missing',
    query: LacksQuery,
    answer: Lacks,
  },
  { method: 'get', path: '/timeline', summary: 'Activity', query: TimelineQuery, answer: Timeline },
  { method: 'get', path: '/search', summary: 'Search names', query: SearchQuery, answer: SearchResults },
  { method: 'get', path: '/shares', summary: 'List shares: your own, or all for an admin', answer: Shares },
  { method: 'post', path: '/shares', summary: 'Create a share link', body: NewShare, answer: Share },
  { method: 'delete', path: '/shares/{id}', summary: 'Revoke a share' },
  {
    method: 'get',
    path: share,
    summary: 'Content of a share link',
    query: PathQuery.partial(),
    answer: PublicShare,
    open: true,
  },
  {
    method: 'post',
    path: `${share}/unlock`,
    summary: 'Unlock with the password',
    body: Unlock,
    answer: PublicShare,
    open: true,
  },
  {
    method: 'get',
    path: `${share}/file`,
    summary: 'Download a shared file',
    query: PathQuery,
    answer: '*/*',
    open: true,
  },
  {
    method: 'get',
    path: `${share}/zip`,
    summary: 'Download a shared directory',
    answer: 'application/zip',
    open: true,
  },
  { method: 'post', path: `${share}/uploads`, summary: 'Upload a file (tus 1.0.0)', open: true },
  { method: 'get', path: '/events', summary: 'Live changes (server-sent events)', answer: Event },
];
