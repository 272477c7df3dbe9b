import { refusingAddress } from '../support/dead-addresses.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import type { RawSocket } from '../support/raw-socket.ts';

/** A backend that misbehaves, at an address, for as long as it is held. */
export interface Bad extends AsyncDisposable {
  readonly address: string;
  /** Connections it had. */
  readonly accepted?: number;
}

/** Packets to this address are dropped, or half of them are, once `dropPackets` was told so. */
export const BLACK_HOLE = '127.0.0.66';
export const LOSSY = '127.0.0.67';

/** Those that a client is spared: nothing comes back from them. */
export const SPARED: Readonly<Record<string, () => Promise<Bad>>> = {
  'refuses connections': refusingAddress,
  'drops every packet': () => startRawBackend({ host: BLACK_HOLE }),
  'closes at once': () => behaving((connection) => connection.finish()),
  'closes when it has read the hello': () =>
    behaving(async (connection) => {
      await connection.read(1);
      await connection.finish();
    }),
  'resets when it has read the hello': () =>
    behaving(async (connection) => {
      await connection.read(1);
      connection.reset();
    }),
};

/** Those that a client meets: it was connected, and something came back or may still come. */
export const MET: Readonly<Record<string, readonly [seen: string, start: () => Promise<Bad>]>> = {
  'sends a byte and resets': [
    'x',
    () =>
      behaving(async (connection) => {
        await connection.read(1);
        await connection.send('x');
        connection.reset();
      }),
  ],
  'sends one byte and stalls': [
    'x',
    () =>
      behaving(async (connection) => {
        await connection.read(1);
        await connection.send('x');
      }),
  ],
  'accepts and never answers': ['closed', () => behaving(() => Promise.resolve())],
};

function behaving(behave: (connection: RawSocket) => Promise<unknown>): Promise<Bad> {
  return startRawBackend({ onConnection: (one) => void behave(one).catch(() => {}) });
}
