import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { clientHello } from '../../test/support/client-hello.ts';
import { refusingAddress } from '../../test/support/dead-addresses.ts';
import { building } from '../../test/support/owned.ts';
import { startRedis } from '../../test/support/redis.ts';
import { startSluice } from '../../test/support/sluice.ts';

/** A host, how busy it is beside the others, and what it answers with. */
interface Site {
  readonly host: string;
  readonly share: number;
  readonly bytes: number;
  readonly backends: number;
}

// What a backend sends, and for how long a session rests, are what makes one unlike the other.
const SITES: readonly Site[] = [
  { host: 'shop.example.com', share: 30, bytes: 60_000, backends: 3 },
  { host: 'api.example.com', share: 22, bytes: 3_000, backends: 2 },
  { host: 'www.example.org', share: 14, bytes: 90_000, backends: 2 },
  { host: '*.preview.example.com', share: 8, bytes: 20_000, backends: 1 },
  { host: 'media.example.net', share: 6, bytes: 900_000, backends: 2 },
  { host: 'git.example.com', share: 5, bytes: 40_000, backends: 1 },
  { host: 'chat.example.com', share: 5, bytes: 6_000, backends: 1 },
  { host: 'status.example.io', share: 3, bytes: 8_000, backends: 1 },
  { host: 'docs.example.org', share: 2, bytes: 30_000, backends: 1 },
];
// Of every hundred clients four ask for a name that nobody has, and six for a site whose backend is gone.
const UNKNOWN = 'forgotten.example.dev';
const GONE = 'legacy.example.com';
const SESSIONS_A_SECOND = 70;
const TICK_MS = 50;
const LONGEST_MS = 20_000;

export interface BusyEdge extends AsyncDisposable {
  readonly adminUrl: string;
}

/** An edge with Redis, backends and traffic through it, a backend of which refuses. `await using` ends all of it. */
export function startBusyEdge(): Promise<BusyEdge> {
  return building(async (owned) => {
    const redis = owned.use(await startRedis());
    const refusing = owned.use(await refusingAddress());
    await redis.cli('SADD', `hostnames:${GONE}:backends`, refusing.address);
    for (const site of SITES) {
      const backends = await Promise.all(Array.from({ length: site.backends }, () => serve(site)));
      for (const { server } of backends) owned.defer(async () => void server.close());
      const members = backends.map(({ address }) => address);
      await redis.cli('SADD', `hostnames:${site.host}:backends`, ...members);
    }
    await redis.cli('SADD', 'hostnames:shop.example.com:backends', refusing.address);
    const args = ['--workers=2', '--edge-name=edge-fra-1', '--max-connections=20000'];
    const sluice = owned.use(await startSluice({ redis: redis.url, args }));
    const stop = startTraffic(sluice.address());
    owned.defer(async () => stop());
    return { adminUrl: sluice.adminUrl };
  });
}

async function serve({ bytes }: Site): Promise<{ server: Server; address: string }> {
  const server = createServer((socket) => answer(socket, bytes));
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function answer(socket: Socket, bytes: number): void {
  socket.on('error', () => {});
  socket.once('data', () => {
    socket.write(Buffer.alloc(bytes * (0.5 + Math.random()), 'x'));
    // Most are short; some stay, as web sockets do.
    const timer = setTimeout(() => socket.end(), LONGEST_MS * Math.random() ** 3);
    socket.once('close', () => clearTimeout(timer));
  });
}

/** Clients that come and go until the function it returns is called. */
function startTraffic(address: string): () => void {
  const open = new Set<Socket>();
  const [host, port] = address.split(':');
  let due = 0;
  const timer = setInterval(() => {
    const wave = 1 + 0.45 * Math.sin(Date.now() / 23_000) + 0.15 * Math.sin(Date.now() / 5000);
    due += (SESSIONS_A_SECOND * wave * TICK_MS) / 1000;
    for (; due >= 1; due -= 1) open.add(visit({ host: host!, port: Number(port) }, open));
  }, TICK_MS);
  return () => {
    clearInterval(timer);
    for (const socket of open) socket.destroy();
  };
}

function visit(at: { host: string; port: number }, open: Set<Socket>): Socket {
  const socket = connect(at);
  socket.on('error', () => {});
  socket.once('connect', () => socket.write(clientHello(chooseName())));
  socket.once('close', () => open.delete(socket));
  return socket.resume();
}

function chooseName(): string {
  const dice = Math.random() * 100;
  if (dice < 4) return UNKNOWN;
  if (dice < 10) return GONE;
  const all = SITES.reduce((sum, { share }) => sum + share, 0);
  let left = Math.random() * all;
  const site = SITES.find(({ share }) => (left -= share) < 0) ?? SITES[0]!;
  return site.host.replace('*', `pr-${Math.ceil(Math.random() * 40)}`);
}
