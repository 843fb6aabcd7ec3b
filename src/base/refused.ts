/** A refusal for programs: a stable code, and the parameters of its sentence. */
export interface Said {
  code: string;
  params: Readonly<Record<string, string | number>>;
}

/** Something that a user asked for cannot be done; the message says why and what to do. `status` is the HTTP status. */
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
