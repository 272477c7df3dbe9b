import { connectRaw } from '../../support/raw-client.ts';
import { eventually } from '../../support/wait.ts';
import { HOSTS, startEdge, type Edge } from './edge.ts';
import { assertAlert, assertReply, look, openSession, type Endings } from './ending.ts';
import { askTheFull } from './route-endings.ts';

/** What `--rate-per-ip=1` lets in at once, and more than come free while they connect. */
const TOO_FAST = 30;

const shared = () => startEdge();

/** The causes of `limited`, by the detail in the access line, which is the label of the metric, too. */
export const LIMITED_ENDINGS: Endings<'total' | 'ip' | 'rate' | 'route' | 'backend' | 'queue'> = {
  total: {
    title:
      'the edge has as many sessions as it may have: alert 80, or HTTP 429, before a byte is read',
    edge: () => startEdge({ args: ['--max-connections=1'] }),
    happens: comeSecond,
  },
  ip: {
    title:
      'the address has as many sessions as it may have: alert 80, or HTTP 429, before a byte is read',
    edge: () => startEdge({ args: ['--max-connections-per-ip=1'] }),
    happens: comeSecond,
  },
  rate: {
    title: 'the address comes too fast: alert 80, before a byte is read',
    edge: () => startEdge({ args: ['--rate-per-ip=1'] }),
    happens: comeTooFast,
  },
  route: {
    title: 'the route has as many sessions as it may have: alert 80, or HTTP 429',
    edge: shared,
    happens: (edge) => comeToFull(edge, HOSTS.full),
  },
  backend: {
    title: 'every backend has as many as it may have, for too long: alert 80, or HTTP 429',
    edge: shared,
    happens: (edge) => comeToFull(edge, HOSTS.busy),
  },
  queue: {
    title: 'as many wait for the route as may: alert 80, or HTTP 429',
    edge: shared,
    happens: (edge) => comeToFull(edge, HOSTS.hurried),
  },
};

async function comeSecond(edge: Edge): Promise<string[]> {
  const { client } = await openSession(edge);
  const byTls = await look(edge.tls, '');
  assertAlert(byTls, 80);
  const byHttp = await look(edge.http, '');
  assertReply(byHttp, 429);
  client.reset();
  return [byTls.client, byHttp.client];
}

// They have one backend, where the sessions of all hosts count.
async function comeToFull(edge: Edge, host: string): Promise<string[]> {
  const refused = await askTheFull(edge, host);
  await edge.sluice.waitForMetric('sluice_connections_active', {}, 0);
  return refused;
}

async function comeTooFast({ tls }: Edge): Promise<string[]> {
  const clients = await Promise.all(Array.from({ length: TOO_FAST }, () => connectRaw(tls)));
  const refused = await eventually(() => clients.find(({ socket }) => !socket.readable));
  const end = await refused.end();
  assertAlert({ client: refused.localAddress, bytes: refused.bytes(), end }, 80);
  for (const client of clients) client.reset();
  return [refused.localAddress];
}
