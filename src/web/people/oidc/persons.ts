import { createHash } from 'node:crypto';
import { z } from 'zod';
import { openJsonFile } from '../json-file.ts';
import { freeName } from './name.ts';

/** Somebody who has signed in by the provider. */
const Person = z.object({
  /** Of issuer and subject: the provider may change every name, never that. */
  id: z.string(),
  issuer: z.string(),
  /** In lists and in history: given once and kept. */
  name: z.string(),
  /** As of the last time. */
  groups: z.string().array(),
  /** Unix ms of the last time. */
  seen: z.number(),
});
export type Person = z.infer<typeof Person>;

export interface Persons {
  all(): Person[];
  find(id: string): Person | undefined;
  /** Notes that somebody has signed in; who is new gets a name that nobody has. */
  signedIn(who: { issuer: string; subject: string; wanted: string; groups: string[] }, taken: string[]): Person;
  /** Who had rights once and has none now loses what the sessions and shares of then would give. */
  turnedAway(issuer: string, subject: string): void;
}

/** More than these: who was away longest has to be given a name anew. */
const MAX_PERSONS = 20_000;

/** Persons in a file: who somebody is outlives a restart. `now`: Unix ms. */
export function openPersons(path: string, now: () => number): Persons {
  const file = openJsonFile(path, Person);
  const find = (id: string) => file.all().find((person) => person.id === id);
  return {
    all: () => file.all(),
    find,
    signedIn({ issuer, subject, wanted, groups }, taken) {
      const id = personId(issuer, subject);
      const others = file.all().filter((person) => person.id !== id);
      const name = find(id)?.name ?? freeName(wanted, [...taken, ...others.map((person) => person.name)]);
      const person = { id, issuer, name, groups, seen: now() };
      file.save([...others, person].slice(-MAX_PERSONS));
      return person;
    },
    turnedAway(issuer, subject) {
      const id = personId(issuer, subject);
      if (find(id)) file.save(file.all().map((person) => (person.id === id ? { ...person, groups: [] } : person)));
    },
  };
}

/** With a colon, which no name of a users file has. */
function personId(issuer: string, subject: string): string {
  return `oidc:${createHash('sha256').update(`${issuer}\0${subject}`).digest('base64url')}`;
}
