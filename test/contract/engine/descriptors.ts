import { existsSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import type { IpEndpoint } from '../../../src/address.ts';
import { refusingAddress, silentAddress } from '../../support/dead-addresses.ts';
import type { EngineHost, RemoteClient } from '../../support/engine-remote.ts';
import { HELLO } from '../../support/engine-session.ts';
import type { ExactSocket } from '../../support/exact-socket.ts';
import { eventually } from '../../support/wait.ts';

const RELAY = { headSent: HELLO.length };
const DESCRIPTORS = '/proc/self/fd';
const SESSIONS = 500;
const AT_A_TIME = 20;
const IMPATIENT_MS = 20;

interface Places {
  readonly host: EngineHost;
  readonly echo: IpEndpoint;
  readonly refusing: IpEndpoint;
  readonly silent: IpEndpoint;
}

type Way = (raw: ExactSocket, client: RemoteClient, places: Places) => Promise<unknown>;

/** What becomes of the sessions, in turn. */
const WAYS: readonly Way[] = [
  async (raw, client, { host, echo }) => {
    const { backend } = await host.dial(echo, HELLO);
    await client.firstReply(backend);
    const relayed = client.relay(backend, RELAY);
    await raw.finish();
    return relayed;
  },
  async (raw, client, { host, echo }) => {
    const { backend } = await host.dial(echo, HELLO);
    const relayed = client.relay(backend, RELAY);
    await raw.read(HELLO.length);
    raw.reset();
    return relayed;
  },
  async (raw, client, { host, echo }) => {
    const { backend } = await host.dial(echo, HELLO);
    await client.relay(backend, { ...RELAY, idleTimeoutMs: IMPATIENT_MS });
    raw.socket.destroy();
  },
  async (raw, client, { host, echo }) => {
    const { backend } = await host.dial(echo, HELLO);
    const relayed = client.relay(backend, RELAY);
    // A FIN and a RST at once: the reset finds a shutdown on its way.
    void raw.finish();
    await client.reset();
    return relayed;
  },
  async (raw, client, { host, refusing }) => {
    await host.dial(refusing, HELLO).catch(() => {});
    await client.refuse('no');
    await raw.end();
    raw.socket.destroy();
  },
  async (raw, client, { host, silent }) => {
    // Its queue is full, but on a machine that is slow enough a place in it may come free.
    await host.dial(silent, HELLO, IMPATIENT_MS).then(
      ({ backend }) => host.call({ do: 'close-backend', backend }),
      () => {},
    );
    await client.close();
    raw.socket.destroy();
  },
  async (raw, client, { host, echo }) => {
    const { backend } = await host.dial(echo, HELLO);
    await host.call({ do: 'close-backend', backend });
    await client.reset();
    raw.socket.destroy();
  },
];

export function descriptorsContract(host: () => EngineHost): void {
  test('hundreds of sessions, ended in every way, leave no descriptor behind', async (t) => {
    if (!existsSync(DESCRIPTORS)) return t.skip('there is no /proc here');
    await using refusing = await refusingAddress();
    await using silent = await silentAddress();
    const places: Places = {
      host: host(),
      echo: await listenEcho(t),
      refusing: { ip: '127.0.0.1', port: refusing.port },
      silent: { ip: '127.0.0.1', port: silent.port },
    };
    const before = readdirSync(DESCRIPTORS).length;
    let left = SESSIONS;
    const runners = Array.from({ length: AT_A_TIME }, async () => {
      while (left-- > 0) await runSession(t, WAYS[left % WAYS.length]!, places);
    });
    await Promise.all(runners);
    await eventually(() => readdirSync(DESCRIPTORS).length <= before);
  });
}

async function runSession(t: TestContext, way: Way, places: Places): Promise<void> {
  const { raw, client } = await places.host.connect(t);
  await raw.send(HELLO);
  await client.peek();
  await way(raw, client, places);
}

/** A backend that sends everything back, and ends when its client does. */
async function listenEcho(t: TestContext): Promise<IpEndpoint> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { ip: '127.0.0.1', port: (server.address() as AddressInfo).port };
}
