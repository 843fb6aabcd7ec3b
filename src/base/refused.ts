import type { Filling } from './template.ts';

/** What is refused, for programs: a code that stays the same, and what its sentence speaks of. */
export interface Said {
  code: string;
  params: Filling;
}

/** Something a person asked for cannot be done; the message says why and what to do. `status` is HTTP's. */
export class Refused extends Error {
  readonly status: number;
  readonly said: Said | undefined;

  constructor(message: string, status = 400, said?: Said) {
    super(message);
    this.name = 'Refused';
    this.status = status;
    this.said = said;
  }
}
