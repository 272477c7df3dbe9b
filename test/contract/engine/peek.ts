import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineHost, RemoteClient } from '../../support/engine-remote.ts';
import { dialledSession, HELLO } from '../../support/engine-session.ts';
import { stillness } from '../../support/stillness.ts';

/** No engine may take more than this off the kernel while nobody asks: a chunk or two. */
const UNASKED_MAX_BYTES = 262_144;
const FLOOD_BYTES = 67_108_864;

export function peekContract(host: () => EngineHost): void {
  test('peek loses nothing and consumes nothing', async (t) => {
    const { raw, client } = await host().connect(t);
    await raw.send('abc');
    assert.deepEqual(await peeked(client, 2), { end: 'more', head: 'abc', received: 3 });
    await raw.send('defg');
    assert.deepEqual(await peeked(client, 6), { end: 'more', head: 'abcdefg', received: 7 });
    assert.deepEqual(await peeked(client, 0), { end: 'more', head: 'abcdefg', received: 7 });
  });

  test('a head that comes byte by byte is put together in order', async (t) => {
    const { raw, client } = await host().connect(t);
    const bytes = Buffer.from(Array.from({ length: 300 }, (_, i) => i % 256));
    for (const [i, byte] of bytes.entries()) {
      await raw.send(Uint8Array.of(byte));
      assert.deepEqual(Buffer.from((await client.peek(i)).head), bytes.subarray(0, i + 1));
    }
  });

  test('what a client sends while nobody peeks stays in the kernel', async (t) => {
    const { raw, client } = await host().connect(t);
    await raw.send('x');
    await client.peek();
    void raw.send(Buffer.alloc(FLOOD_BYTES, 'y'));
    assert.ok((await stillness(() => raw.sent)) < FLOOD_BYTES);
    const { received } = await client.peek(1);
    assert.ok(received <= UNASKED_MAX_BYTES, `${received} bytes were received`);
  });

  test('a peek that is given up ends as by its timeout, and leaves everything to whoever comes next', async (t) => {
    const { raw, client, rawBackend, backend } = await dialledSession(t, host());
    const peek = client.peek(HELLO.length);
    await client.stopPeeking();
    assert.equal((await peek).end, 'timeout');
    await client.stopPeeking();
    const relayed = client.relay(backend, { headSent: HELLO.length });
    await raw.send('more');
    await rawBackend.read(HELLO.length + 4);
    await rawBackend.send('answer');
    await raw.read(6);
    await client.stopPeeking();
    await raw.finish();
    await rawBackend.finish();
    assert.equal((await relayed).end, 'ok');
  });

  test('consume drops the first bytes of the head and nothing else', async (t) => {
    const { raw, client } = await host().connect(t);
    const header = 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n';
    await raw.send(`${header}hel`);
    await client.peek(header.length + 2);
    await client.consume(header.length);
    assert.equal(text((await client.look()).head), 'hel');
    await raw.send('lo');
    assert.deepEqual(await peeked(client, 4), {
      end: 'more',
      head: 'hello',
      received: header.length + 5,
    });
  });

  test('a FIN ends a peek, with or without bytes before it, and the head stays', async (t) => {
    const silent = await host().connect(t);
    const peek = peeked(silent.client, 0);
    await silent.raw.finish();
    assert.deepEqual(await peek, { end: 'ended', head: '', received: 0 });

    const brief = await host().connect(t);
    await brief.raw.send('abc');
    await brief.raw.finish();
    assert.equal((await brief.client.peek(2)).end, 'more');
    assert.deepEqual(await peeked(brief.client, 3), { end: 'ended', head: 'abc', received: 3 });
    assert.equal((await brief.client.peek(3)).end, 'ended');
  });

  test('a RST is told from a FIN, with or without bytes before it', async (t) => {
    const silent = await host().connect(t);
    const peek = silent.client.peek();
    silent.raw.reset();
    assert.equal((await peek).end, 'reset');

    const brief = await host().connect(t);
    await brief.raw.send('abc');
    brief.raw.reset();
    // The bytes may be lost to the reset. It itself may not.
    const { end, head } = await brief.client.peek();
    assert.ok(end === 'reset' || text(head) === 'abc');
    assert.equal((await brief.client.peek(3)).end, 'reset');
  });

  test('a peek that times out costs nothing: the next one goes on', async (t) => {
    const { raw, client } = await host().connect(t);
    assert.deepEqual(await peeked(client, 0, 20), { end: 'timeout', head: '', received: 0 });
    await raw.send('late');
    assert.deepEqual(await peeked(client, 3), { end: 'more', head: 'late', received: 4 });
  });

  for (const how of ['close', 'reset'] as const) {
    test(`${how}() ends a peek`, async (t) => {
      const { raw, client } = await host().connect(t);
      const peek = client.peek();
      await client[how]();
      assert.equal((await peek).end, 'closed');
      assert.equal((await client.peek()).end, 'closed');
      assert.equal(await raw.end(), how === 'close' ? 'ended' : 'reset');
    });
  }
}

async function peeked(client: RemoteClient, length: number, timeoutMs?: number) {
  const { end, head, received } = await client.peek(length, timeoutMs);
  return { end, head: text(head), received };
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
