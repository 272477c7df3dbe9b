import assert from 'node:assert/strict';
import { refusingAddress } from '../../support/dead-addresses.ts';
import { clientHello } from '../../support/client-hello.ts';
import { connectRaw } from '../../support/raw-client.ts';
import type { RawSocket } from '../../support/raw-socket.ts';
import { eventually } from '../../support/wait.ts';
import { HOSTS, NAME, startEdge, type Edge } from './edge.ts';
import { assertAlert, assertReply, look, requestFor, seeEnd, type Endings } from './ending.ts';
import { leaveNoDescriptor } from './descriptors.ts';

const MORE_THAN_RESERVED = 32;

type RouteEnding =
  | 'unknown-host'
  | 'denied'
  | 'limited'
  | 'redirected'
  | 'routes-unavailable'
  | 'no-backend'
  | 'connect-failed'
  | 'connect-timeout'
  | 'no-resources';

/** Of sessions that found no route, or no backend. */
export function routeEndings(
  patient: () => Promise<Edge>,
  impatient: () => Promise<Edge>,
): Endings<RouteEnding> {
  return {
    'unknown-host': {
      title: 'a client that wants a name without a route is told alert 112, or HTTP 404',
      edge: patient,
      happens: (edge) => askBoth(edge, { host: 'unknown.example.test', alert: 112, status: 404 }),
    },
    denied: {
      title: 'the route denies the address of the client: alert 49, or HTTP 403',
      edge: patient,
      happens: (edge) => askBoth(edge, { host: HOSTS.denies, alert: 49, status: 403 }),
    },
    limited: {
      title: 'the route has as many sessions as it may have: alert 80, or HTTP 429',
      edge: patient,
      happens: (edge) => askTheFull(edge),
    },
    redirected: {
      title: 'the route wants https, and plain HTTP is told so: HTTP 308',
      edge: patient,
      happens: askForRedirect,
    },
    'routes-unavailable': {
      title: 'nobody can say yet whether the name exists: alert 80, or HTTP 503',
      edge: startWithoutRedis,
      happens: (edge) => askBoth(edge, { host: NAME, alert: 80, status: 503 }),
    },
    'no-backend': {
      title: 'the route has no backend that speaks its language: alert 80, or HTTP 503',
      edge: patient,
      happens: askInVain,
    },
    'connect-failed': {
      title: 'the backend refuses the connection: alert 80, or HTTP 502',
      edge: patient,
      happens: (edge) => askBoth(edge, { host: HOSTS.refuses, alert: 80, status: 502 }),
    },
    'connect-timeout': {
      title: 'the backend does not answer: alert 80, or HTTP 504',
      edge: impatient,
      happens: (edge) => askBoth(edge, { host: HOSTS.silent, alert: 80, status: 504 }),
    },
    'no-resources': {
      title: 'no descriptor is left to dial with: alert 80, or HTTP 503',
      edge: () => startEdge({ args: ['--connect-retries', '0'] }),
      happens: runOut,
    },
  };
}

interface Question {
  readonly host: string;
  readonly alert: number;
  readonly status: number;
}

async function askBoth({ tls, http }: Edge, { host, alert, status }: Question): Promise<string[]> {
  const [byTls, byHttp] = await Promise.all([
    look(tls, clientHello(host)),
    look(http, requestFor(host)),
  ]);
  assertAlert(byTls, alert);
  const reply = assertReply(byHttp, status);
  // Whoever may come again is told so.
  if (status === 429 || status >= 500) assert.match(reply, /\r\nRetry-After: \d+\r\n/);
  return [byTls.client, byHttp.client];
}

/** The one session that a host may have is under way while others ask. */
export async function askTheFull(edge: Edge, host: string = HOSTS.full): Promise<string[]> {
  const only = await openOnly(edge, host);
  const refused = await askBoth(edge, { host, alert: 80, status: 429 });
  only.reset();
  return refused;
}

async function openOnly({ tls, backend }: Edge, host: string): Promise<RawSocket> {
  const client = await connectRaw(tls);
  await client.send(clientHello(host));
  await backend.accept();
  return client;
}

async function askForRedirect({ http }: Edge): Promise<string[]> {
  const seen = await look(http, requestFor(HOSTS.redirects));
  const reply = assertReply(seen, 308);
  assert.match(reply, /\r\nLocation: https:\/\/redirects\.example\.test\/\r\n/);
  return [seen.client];
}

async function askInVain({ tls, http }: Edge): Promise<string[]> {
  const byTls = await look(tls, clientHello(HOSTS.speaksHttp));
  const byHttp = await look(http, requestFor(HOSTS.speaksTls));
  assertAlert(byTls, 80);
  assertReply(byHttp, 503);
  return [byTls.client, byHttp.client];
}

async function startWithoutRedis(): Promise<Edge> {
  await using nobody = await refusingAddress();
  return startEdge({ redis: `redis://${nobody.address}`, ready: false });
}

// All are accepted before descriptors run out. The epoll engine has some in reserve, so that a few of them
// may yet be served: enough others come first to have them all.
async function runOut({ sluice, backend, tls, http }: Edge): Promise<string[]> {
  const others = await Promise.all(
    Array.from({ length: MORE_THAN_RESERVED }, () => connectRaw(tls)),
  );
  await using byTls = await connectRaw(tls);
  await using byHttp = await connectRaw(http);
  const accepted = MORE_THAN_RESERVED + 2;
  await sluice.waitForMetric('sluice_connections_active', { state: 'hello' }, accepted);
  await using _none = await leaveNoDescriptor(sluice.pid);
  const refused: string[] = [];
  for (const [before, other] of others.entries()) {
    other.socket.on('end', () => refused.push(other.localAddress));
    await other.send(clientHello(NAME));
    await eventually(() => refused.length + backend.accepted > before);
  }
  assertAlert(await seeEnd(byTls, clientHello(NAME)), 80);
  assertReply(await seeEnd(byHttp, requestFor(NAME)), 503);
  for (const other of others) other.reset();
  return [...refused, byTls.localAddress, byHttp.localAddress];
}
