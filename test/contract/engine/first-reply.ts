import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineHost } from '../../support/engine-remote.ts';
import { dialledSession, HELLO } from '../../support/engine-session.ts';
import { listenExact } from '../../support/exact-socket.ts';

const RELAY = { headSent: HELLO.length };

export function firstReplyContract(host: () => EngineHost): void {
  test('a backend that sends something has answered, and relay passes on what it sent', async (t) => {
    const { raw, client, rawBackend, backend } = await dialledSession(t, host());
    await rawBackend.send('welcome');
    assert.equal(await client.firstReply(backend), 'answered');
    assert.equal(raw.received, 0);
    await rawBackend.send(', client');
    await rawBackend.finish();
    await raw.finish();
    assert.equal((await client.relay(backend, RELAY)).end, 'ok');
    assert.equal((await raw.read(15)).toString(), 'welcome, client');
    assert.equal(rawBackend.bytes().toString(), HELLO);
  });

  for (const how of ['finish', 'reset'] as const) {
    const sign = how === 'finish' ? 'FIN' : 'RST';

    test(`a backend that sends a ${sign} has refused, and the next one gets the whole client`, async (t) => {
      const { raw, client, rawBackend, backend } = await dialledSession(t, host());
      const reply = client.firstReply(backend);
      void rawBackend[how]();
      assert.equal(await reply, 'refused');
      await host().call({ do: 'close-backend', backend });
      await raw.send(', are you there?');

      const second = await listenExact(t);
      const { head } = await client.look();
      const dialled = await host().dial(second.endpoint, head);
      const relayed = client.relay(dialled.backend, { headSent: head.length });
      const rawSecond = await second.accept();
      await rawSecond.read(HELLO.length + 16);
      assert.equal(rawSecond.bytes().toString(), `${HELLO}, are you there?`);
      await rawSecond.send('yes');
      await rawSecond.finish();
      await raw.finish();
      assert.equal((await relayed).end, 'ok');
      assert.equal(await raw.end(), 'ended');
      assert.equal(raw.bytes().toString(), 'yes');
    });

    test(`a backend that sends a ${sign} behind an answer has answered`, async (t) => {
      const { raw, client, rawBackend, backend } = await dialledSession(t, host());
      await rawBackend.send('no!');
      void rawBackend[how]();
      assert.equal(await client.firstReply(backend), 'answered');
      const relayed = client.relay(backend, RELAY);
      assert.equal(await raw.end(), how === 'finish' ? 'ended' : 'reset');
      raw.socket.destroy();
      assert.equal((await relayed).end, how === 'finish' ? 'ok' : 'backend-aborted');
    });
  }

  test('a client that sends more has spoken, and the backend gets it once', async (t) => {
    const { raw, client, rawBackend, backend } = await dialledSession(t, host());
    const reply = client.firstReply(backend);
    await raw.send(', more');
    assert.equal(await reply, 'client-spoke');
    assert.equal(rawBackend.received, HELLO.length);
    const relayed = client.relay(backend, RELAY);
    await raw.send(' and more');
    await raw.finish();
    assert.equal(await rawBackend.end(), 'ended');
    await rawBackend.finish();
    assert.equal((await relayed).end, 'ok');
    assert.equal(rawBackend.bytes().toString(), `${HELLO}, more and more`);
  });

  test('a client that ends has spoken, and relay passes the FIN on', async (t) => {
    const { raw, client, rawBackend, backend } = await dialledSession(t, host());
    const reply = client.firstReply(backend);
    await raw.finish();
    assert.equal(await reply, 'client-spoke');
    const relayed = client.relay(backend, RELAY);
    assert.equal(await rawBackend.end(), 'ended');
    await rawBackend.send('bye');
    await rawBackend.finish();
    assert.equal((await relayed).end, 'ok');
    assert.equal((await raw.read(3)).toString(), 'bye');
  });

  test('a client that resets has spoken, and relay passes the RST on', async (t) => {
    const { raw, client, rawBackend, backend } = await dialledSession(t, host());
    const reply = client.firstReply(backend);
    raw.reset();
    assert.equal(await reply, 'client-spoke');
    assert.equal((await client.relay(backend, RELAY)).end, 'client-aborted');
    assert.equal(await rawBackend.end(), 'reset');
  });

  test('silence from both is a timeout, after which everything goes on', async (t) => {
    const { raw, client, rawBackend, backend } = await dialledSession(t, host());
    assert.equal(await client.firstReply(backend, 20), 'timeout');
    await rawBackend.send('at last');
    assert.equal(await client.firstReply(backend), 'answered');
    const relayed = client.relay(backend, RELAY);
    assert.equal((await raw.read(7)).toString(), 'at last');
    raw.reset();
    assert.equal((await relayed).end, 'client-aborted');
  });

  test('closing the client ends the wait', async (t) => {
    const { client, rawBackend, backend } = await dialledSession(t, host());
    const reply = client.firstReply(backend);
    await client.close();
    assert.equal(await reply, 'client-spoke');
    await client.relay(backend, RELAY);
    assert.equal(await rawBackend.end(), 'ended');
  });
}
