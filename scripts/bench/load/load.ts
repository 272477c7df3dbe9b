import { Hellos, type Names } from './hellos.ts';
import { Tally } from './tally.ts';
import { Wire, type Exchange } from './wire.ts';

const CLOSING_MS = 150;

/** What an exchange is made with. */
export interface Load {
  readonly wire: Wire;
  readonly hellos: Hellos;
  readonly tally: Tally;
}

/** Clients that ask for these names, and the backend. */
export function createLoad(wire: Wire, tally: Tally, names: Names): Load {
  return { wire, tally, hellos: new Hellos(wire, names) };
}

/** Have all clients leave, and the backend see it. */
export function leave({ wire }: Load): void {
  wire.closeClients();
  const closing: Exchange = { client: (fd) => wire.close(fd), backend: (fd) => wire.close(fd) };
  wire.drive(closing, CLOSING_MS);
}

/** Throws when anything went otherwise than it should. */
export function assertFlawless({ tally }: Load, what: string): void {
  if (tally.failed > 0) throw new Error(`${what}: ${tally.failed} connections failed`);
  if (tally.done === 0 && tally.bytes === 0) throw new Error(`${what}: nothing came through`);
}
