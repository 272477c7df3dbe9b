import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { EngineHost } from '../../support/engine-remote.ts';
import { dialledSession, HELLO } from '../../support/engine-session.ts';
import { listenExact } from '../../support/exact-socket.ts';
import { makeFolder } from '../../support/folder.ts';

const RELAY = { headSent: HELLO.length };
const MIB = 1_048_576;

export function relayContract(host: () => EngineHost): void {
  test('bytes go both ways as they come, and every one is counted', async (t) => {
    const { raw, client, rawBackend, backend } = await dialledSession(t, host());
    const relayed = client.relay(backend, RELAY);
    for (let i = 1; i <= 50; i++) {
      await raw.send('ping');
      await rawBackend.read(HELLO.length + 4 * i);
      await rawBackend.send('pong!');
      await raw.read(5 * i);
    }
    await raw.finish();
    assert.equal(await rawBackend.end(), 'ended');
    await rawBackend.finish();
    assert.equal(await raw.end(), 'ended');
    const { end, clientReceived, backendReceived, firstByteAt } = await relayed;
    assert.deepEqual(
      { end, clientReceived, backendReceived },
      { end: 'ok', clientReceived: HELLO.length + 200, backendReceived: 250 },
    );
    assert.ok(firstByteAt > 0);
  });

  test('what was not sent with the dial is sent before anything else', async (t) => {
    const { raw, client, rawBackend, backend } = await dialledSession(t, host());
    await raw.send(' MORE');
    await client.peek(HELLO.length);
    await raw.send(' and more');
    const relayed = client.relay(backend, RELAY);
    await raw.finish();
    assert.equal(await rawBackend.end(), 'ended');
    await rawBackend.finish();
    assert.equal((await relayed).end, 'ok');
    assert.equal(rawBackend.bytes().toString(), `${HELLO} MORE and more`);
  });

  test('a client may half-close and still gets its whole answer', async (t) => {
    const { raw, client, rawBackend, backend } = await dialledSession(t, host());
    const answer = randomBytes(MIB);
    const relayed = client.relay(backend, RELAY);
    await raw.finish();
    assert.equal(await rawBackend.end(), 'ended');
    await rawBackend.send(answer);
    await rawBackend.finish();
    assert.equal(await raw.end(), 'ended');
    assert.deepEqual(hash(raw.bytes()), hash(answer));
    const { end, backendReceived } = await relayed;
    assert.deepEqual({ end, backendReceived }, { end: 'ok', backendReceived: MIB });
  });

  test('a backend may half-close and still gets everything the client sends', async (t) => {
    const { raw, client, rawBackend, backend } = await dialledSession(t, host());
    const upload = randomBytes(MIB);
    const relayed = client.relay(backend, RELAY);
    await rawBackend.finish();
    assert.equal(await raw.end(), 'ended');
    await raw.send(upload);
    await raw.finish();
    assert.equal(await rawBackend.end(), 'ended');
    assert.deepEqual(hash(rawBackend.bytes().subarray(HELLO.length)), hash(upload));
    const { end, clientReceived } = await relayed;
    assert.deepEqual({ end, clientReceived }, { end: 'ok', clientReceived: HELLO.length + MIB });
  });

  test('bulk goes both ways at the same time, byte by byte the same', async (t) => {
    const { raw, client, rawBackend, backend } = await dialledSession(t, host());
    const up = randomBytes(16 * MIB);
    const down = randomBytes(24 * MIB);
    const relayed = client.relay(backend, RELAY);
    await Promise.all([raw.send(up), rawBackend.send(down)]);
    await Promise.all([raw.finish(), rawBackend.finish()]);
    assert.deepEqual(await Promise.all([raw.end(), rawBackend.end()]), ['ended', 'ended']);
    assert.deepEqual(hash(rawBackend.bytes().subarray(HELLO.length)), hash(up));
    assert.deepEqual(hash(raw.bytes()), hash(down));
    const { end, clientReceived, backendReceived } = await relayed;
    assert.deepEqual(
      { end, clientReceived, backendReceived },
      { end: 'ok', clientReceived: HELLO.length + up.length, backendReceived: down.length },
    );
  });

  test('a backend on a unix socket is relayed like any other, and may close at once', async (t) => {
    await using folder = await makeFolder();
    const path = folder.file('backend.sock');
    const listener = await listenExact(t, { path });
    const { raw, client } = await host().connect(t);
    const { backend } = await host().dial({ path });
    const rawBackend = await listener.accept();
    const relayed = client.relay(backend);
    await raw.send(HELLO);
    await rawBackend.read(HELLO.length);
    const answer = randomBytes(MIB);
    await rawBackend.send(answer);
    rawBackend.socket.destroy();
    assert.equal(await raw.end(), 'ended');
    assert.deepEqual(hash(raw.bytes()), hash(answer));
    await raw.finish();
    assert.equal((await relayed).end, 'ok');
  });
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
