import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from '../../../src/inspect/inspect.ts';
import type { InspectSettings, PeekEnd, PeekSource } from '../../../src/inspect/inspect.ts';
import type { ProxiedAddresses } from '../../../src/inspect/proxy/verdict.ts';
import { Ended } from '../../../src/termination.ts';
import { clientHello, helloOfLength } from '../../support/client-hello.ts';

const SETTINGS: InspectSettings = {
  protocol: 'tls',
  helloTimeoutMs: 5_000,
  helloMaxBytes: 16_384,
  expectProxyHeader: false,
};
const HELLO = clientHello('app.example.com');
const REQUEST = Buffer.from('GET / HTTP/1.1\r\nHost: app.example.com\r\n\r\n');
const PROXY_LINE = Buffer.from('PROXY TCP4 198.51.100.42 203.0.113.1 56324 443\r\n');

/** A client that has sent nothing yet, sends the pieces one a peek, and then does what `end` says. */
class Client implements PeekSource {
  head: Buffer = Buffer.alloc(0);
  readonly timeouts: number[] = [];
  readonly #pieces: Buffer[];
  readonly #end: PeekEnd;

  constructor(pieces: readonly Buffer[], end: PeekEnd = 'timeout') {
    this.#pieces = [...pieces];
    this.#end = end;
  }

  async peek(length: number, timeoutMs: number): Promise<PeekEnd> {
    assert.equal(length, this.head.length);
    this.timeouts.push(timeoutMs);
    const piece = this.#pieces.shift();
    if (piece === undefined) return this.#end;
    this.head = Buffer.concat([this.head, piece]);
    return 'more';
  }

  consume(count: number): void {
    this.head = this.head.subarray(count);
  }
}

function drip(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (byte) => Buffer.of(byte));
}

/** What came of it: thrown at once and rejected later are the same here. */
async function look(client: Client, settings: InspectSettings, clock?: () => number) {
  let proxied: ProxiedAddresses | 'local' | undefined;
  const onProxyHeader = (told: ProxiedAddresses | 'local') => {
    proxied = told;
  };
  const hello = await inspect(client, { ...settings, onProxyHeader }, clock);
  return { hello, proxied };
}

/** How the session ended, as `termination` or `termination: detail`. */
async function ending(client: Client, settings: Partial<InspectSettings> = {}): Promise<string> {
  const ended = await look(client, { ...SETTINGS, ...settings }).catch((error: unknown) => error);
  assert.ok(ended instanceof Ended, JSON.stringify(ended));
  return ended.message;
}

test('a hello that has arrived whole is read without waiting', async () => {
  const client = new Client([]);
  client.head = HELLO;
  const { hello, proxied } = await look(client, SETTINGS);
  assert.equal(hello.serverName, 'app.example.com');
  assert.equal(proxied, undefined);
  assert.deepEqual(client.timeouts, []);
});

test('inspecting takes nothing from the client, however its hello arrives', async () => {
  for (const pieces of [[HELLO], drip(HELLO), [Buffer.concat([HELLO, Buffer.alloc(99)])]]) {
    const client = new Client(pieces);
    const { hello } = await look(client, SETTINGS);
    assert.equal(hello.serverName, 'app.example.com');
    assert.deepEqual(client.head, Buffer.concat(pieces));
  }
});

test('an auto listener tells TLS from HTTP by the first byte', async () => {
  for (const [bytes, protocol] of [
    [HELLO, 'tls'],
    [REQUEST, 'http'],
  ] as const) {
    const { hello } = await look(new Client(drip(bytes)), { ...SETTINGS, protocol: 'auto' });
    assert.equal(hello.protocol, protocol);
    assert.equal(hello.serverName, 'app.example.com');
  }
});

test('a client that never sends a byte was silent, however it ends', async () => {
  assert.equal(await ending(new Client([], 'timeout')), 'client-silent: timeout');
  assert.equal(await ending(new Client([], 'ended')), 'client-silent: ended');
  assert.equal(await ending(new Client([], 'reset')), 'client-silent: reset');
});

test('a client that stops in the middle ends by what it did', async () => {
  const half = [HELLO.subarray(0, 20)];
  assert.equal(await ending(new Client(half, 'timeout')), 'hello-timeout');
  assert.equal(await ending(new Client(half, 'ended')), 'hello-aborted: ended');
  assert.equal(await ending(new Client(half, 'reset')), 'hello-aborted: reset');
  assert.equal(await ending(new Client(half, 'closed')), 'shutdown');
});

test('a dripping client has one deadline for the whole head, counted from accept', async () => {
  let now = 1_000;
  const client = new Client(drip(HELLO));
  const clock = () => (now += 100);
  const ended = await look(client, SETTINGS, clock).catch((error: unknown) => error);
  assert.ok(ended instanceof Ended);
  assert.equal(ended.termination, 'hello-timeout');
  assert.deepEqual(client.timeouts.slice(0, 3), [4_900, 4_800, 4_700]);
  assert.equal(client.timeouts.length, 49);
});

test('a hello of just the limit is read, one byte more is too large', async () => {
  const exact = helloOfLength('app.example.com', 16_384);
  assert.equal(exact.length, 16_384);
  const { hello } = await look(new Client([exact]), SETTINGS);
  assert.equal(hello.serverName, 'app.example.com');
  const longer = helloOfLength('app.example.com', 16_385);
  assert.equal(await ending(new Client([longer])), 'hello-too-large');
});

test('no more is waited for than the limit', async () => {
  const client = new Client(drip(Buffer.from(`GET / HTTP/1.1\r\n${'x'.repeat(999)}`)));
  assert.equal(await ending(client, { protocol: 'http', helloMaxBytes: 64 }), 'hello-too-large');
  assert.equal(client.head.length, 64);
});

test('what is no hello ends as malformed or as not TLS', async () => {
  assert.equal(await ending(new Client([Buffer.from('SSH-2.0-x\r\n')])), 'not-tls');
  assert.equal(await ending(new Client([REQUEST])), 'not-tls: HTTP');
  assert.match(await ending(new Client([Buffer.of(0x16, 2)])), /^malformed: record version/);
  const http = { protocol: 'http' } as const;
  assert.match(await ending(new Client([HELLO]), http), /^malformed: TLS/);
  assert.match(await ending(new Client([Buffer.alloc(4)]), http), /^malformed: neither/);
  const noHost = Buffer.from('GET / HTTP/1.1\r\n\r\n');
  assert.equal(await ending(new Client([noHost]), { protocol: 'auto' }), 'malformed: no Host');
});

const EXPECT = { expectProxyHeader: true };

test('an expected PROXY header is taken off, and what it says is told', async () => {
  const addresses = {
    source: { ip: '198.51.100.42', port: 56324 },
    destination: { ip: '203.0.113.1', port: 443 },
  };
  const bytes = Buffer.concat([PROXY_LINE, HELLO]);
  for (const pieces of [[bytes], [PROXY_LINE, HELLO], drip(bytes)]) {
    const client = new Client(pieces);
    const inspected = await look(client, { ...SETTINGS, ...EXPECT });
    assert.deepEqual(inspected.proxied, addresses);
    assert.equal(inspected.hello.serverName, 'app.example.com');
    assert.deepEqual(client.head, HELLO);
  }
});

test('a header that names nobody leaves the real addresses to count', async () => {
  const local = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex');
  for (const header of [local, Buffer.from('PROXY UNKNOWN\r\n')]) {
    const client = new Client([header, HELLO]);
    assert.equal((await look(client, { ...SETTINGS, ...EXPECT })).proxied, 'local');
  }
});

test('a sender that must begin with a PROXY header and does not is refused', async () => {
  assert.equal(await ending(new Client([HELLO]), EXPECT), 'bad-proxy-header: no PROXY header');
  const half = [PROXY_LINE.subarray(0, 9)];
  assert.equal(await ending(new Client(half), EXPECT), 'bad-proxy-header: unfinished');
  assert.equal(await ending(new Client(half, 'reset'), EXPECT), 'hello-aborted: reset');
});

test('a PROXY header where none is expected is not looked at', async () => {
  const bytes = Buffer.concat([PROXY_LINE, HELLO]);
  assert.match(await ending(new Client([bytes])), /^not-tls/);
});

test('a health check of a load balancer that sends a header and no more was silent', async () => {
  assert.equal(await ending(new Client([], 'reset'), EXPECT), 'client-silent: reset');
  assert.equal(await ending(new Client([PROXY_LINE], 'ended'), EXPECT), 'client-silent: ended');
});

test('the PROXY header and the hello share one deadline', async () => {
  let now = 0;
  const clock = () => (now += 1_000);
  const client = new Client([PROXY_LINE, ...drip(HELLO)]);
  const ended = await look(client, { ...SETTINGS, ...EXPECT }, clock).catch((e: unknown) => e);
  assert.ok(ended instanceof Ended);
  assert.equal(ended.termination, 'hello-timeout');
  assert.deepEqual(client.timeouts, [4_000, 3_000, 2_000, 1_000]);
});
