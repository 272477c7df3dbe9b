import assert from 'node:assert/strict';
import {
  clientHello,
  helloMessage,
  helloOfLength,
  inRecords,
  record,
  serverNames,
} from '../../support/client-hello.ts';
import { connectRaw } from '../../support/raw-client.ts';
import { NAME, PROXY_CLIENT, type Edge } from './edge.ts';
import {
  assertAlert,
  assertClosed,
  assertReply,
  look,
  requestFor,
  type Endings,
} from './ending.ts';

type HelloEnding =
  | 'client-silent'
  | 'hello-aborted'
  | 'hello-timeout'
  | 'hello-too-large'
  | 'malformed'
  | 'not-tls'
  | 'bad-proxy-header'
  | 'no-name';

/** More than `--hello-max-bytes` by default. */
const TOO_LONG = 20_000;

/** Of sessions that did not get past their first bytes. */
export function helloEndings(
  patient: () => Promise<Edge>,
  impatient: () => Promise<Edge>,
): Endings<HelloEnding> {
  return {
    'client-silent': {
      title: 'a client that never speaks, or goes away, is closed without a byte',
      edge: impatient,
      happens: sayNothing,
    },
    'hello-aborted': {
      title: 'a client that leaves in the middle, by a FIN or a RST, is closed without a byte',
      edge: patient,
      happens: leaveHalfway,
    },
    'hello-timeout': {
      title: 'a client that stops in the middle is told alert 40, or HTTP 408',
      edge: impatient,
      happens: stopHalfway,
    },
    'hello-too-large': {
      title: 'a client that goes on too long is told alert 40, or HTTP 431',
      edge: patient,
      happens: sayTooMuch,
    },
    malformed: {
      title: 'a client that makes no sense is told alert 50, or HTTP 400',
      edge: patient,
      happens: sayNonsense,
    },
    'not-tls': {
      title: 'on a TLS port, plain HTTP is told so, and anything else is closed',
      edge: patient,
      happens: speakSomethingElse,
    },
    'bad-proxy-header': {
      title: 'a client that has to send a PROXY header, and does not, is closed',
      edge: patient,
      happens: sendNoProxyHeader,
    },
    'no-name': {
      title: 'a client that names nobody is told alert 112, or HTTP 404',
      edge: patient,
      happens: nameNobody,
    },
  };
}

async function sayNothing({ tls, http }: Edge): Promise<string[]> {
  await using leaving = await connectRaw(tls);
  await leaving.finish();
  const all = await Promise.all([look(tls, ''), look(http, '')]);
  for (const seen of all) assertClosed(seen);
  return [leaving.localAddress, ...clientsOf(all)];
}

async function leaveHalfway({ sluice, tls, http }: Edge): Promise<string[]> {
  await using byTls = await connectRaw(tls);
  await byTls.send(clientHello(NAME).subarray(0, 100));
  await byTls.finish();
  assert.deepEqual([await byTls.end(), byTls.received], ['ended', 0]);
  await using byHttp = await connectRaw(http);
  await byHttp.send('GET / HTTP/1.1\r\nHo');
  // One that is gone before it is accepted is nobody to the net engine.
  await sluice.waitForMetric('sluice_connections_active', { state: 'hello' }, 1);
  byHttp.reset();
  return [byTls.localAddress, byHttp.localAddress];
}

async function stopHalfway({ tls, http }: Edge): Promise<string[]> {
  const half = clientHello(NAME).subarray(0, 40);
  const all = await Promise.all([look(tls, half), look(http, 'GET / HTTP/1.1\r\nHost: app.')]);
  assertAlert(all[0], 40);
  assertReply(all[1], 408);
  return clientsOf(all);
}

async function sayTooMuch({ tls, http }: Edge): Promise<string[]> {
  const padding = `X-Padding: ${'x'.repeat(TOO_LONG)}\r\n\r\n`;
  const all = [
    await look(tls, helloOfLength(NAME, TOO_LONG)),
    await look(http, requestFor(NAME).replace('\r\n\r\n', `\r\n${padding}`)),
  ] as const;
  assertAlert(all[0], 40);
  assertReply(all[1], 431);
  return clientsOf(all);
}

async function sayNonsense({ tls, http }: Edge): Promise<string[]> {
  const twoNames = requestFor(`${NAME}\r\nHost: other.example.test`);
  const all = [
    await look(tls, record(Buffer.alloc(64, 0xff))),
    await look(http, twoNames),
  ] as const;
  assertAlert(all[0], 50);
  assertReply(all[1], 400);
  return clientsOf(all);
}

async function speakSomethingElse({ tls }: Edge): Promise<string[]> {
  const all = [
    await look(tls, requestFor(NAME)),
    await look(tls, 'SSH-2.0-OpenSSH_9.2\r\n'),
  ] as const;
  assert.match(assertReply(all[0], 400), /https:\/\//);
  assertClosed(all[1]);
  return clientsOf(all);
}

async function sendNoProxyHeader({ tls, http }: Edge): Promise<string[]> {
  const all = [
    await look(tls, clientHello(NAME), { localAddress: PROXY_CLIENT }),
    await look(http, `PROXY TCP4 nonsense\r\n${requestFor(NAME)}`, { localAddress: PROXY_CLIENT }),
  ];
  for (const seen of all) assertClosed(seen);
  return clientsOf(all);
}

async function nameNobody({ tls, http }: Edge): Promise<string[]> {
  const nameless = inRecords(helloMessage({ extensions: [] }));
  const byAddress = inRecords(helloMessage({ extensions: [serverNames('192.0.2.1')] }));
  const all = [
    await look(tls, nameless),
    await look(tls, byAddress),
    await look(http, 'GET / HTTP/1.0\r\n\r\n'),
    await look(http, requestFor('192.0.2.1:8080')),
  ] as const;
  assertAlert(all[0], 112);
  assertAlert(all[1], 112);
  assertReply(all[2], 404);
  assertReply(all[3], 404);
  return clientsOf(all);
}

function clientsOf(all: readonly { readonly client: string }[]): string[] {
  return all.map(({ client }) => client);
}
