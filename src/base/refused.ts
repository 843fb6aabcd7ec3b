/** Something a person asked for cannot be done; the message says why and what to do. `status` is HTTP's. */
export class Refused extends Error {
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.name = 'Refused';
    this.status = status;
  }
}
