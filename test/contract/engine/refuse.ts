import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { MAX_LINGERING } from '../../../src/engine/lingering.ts';
import type { EngineHost } from '../../support/engine-remote.ts';
import type { ExactSocket } from '../../support/exact-socket.ts';
import { eventually } from '../../support/wait.ts';

const DESCRIPTORS = '/proc/self/fd';
const REPLY = 'no such place';

/** More than an engine discards. */
const FLOOD_BYTES = 67_108_864;

export function refuseContract(host: () => EngineHost): void {
  test('a refused client gets the reply and a FIN', async (t) => {
    const { raw, client } = await host().connect(t);
    await raw.send('hello');
    await client.peek();
    await client.refuse(REPLY);
    assert.equal(await raw.end(), 'ended');
    assert.equal(raw.bytes().toString(), REPLY);
  });

  test('a refused client gets the reply though nobody reads what it sent', async (t) => {
    const { raw, client } = await host().connect(t);
    await raw.send('hello');
    await client.peek();
    await raw.send(Buffer.alloc(100_000, 'x'));
    await client.refuse(REPLY);
    assert.equal(await raw.end(), 'ended');
    await raw.send('one thing more');
    assert.equal(raw.bytes().toString(), REPLY);
  });

  test('a refused client that does not stop sending is closed', async (t) => {
    const { raw, client } = await host().connect(t);
    void raw.send(Buffer.alloc(FLOOD_BYTES, 'x'));
    await client.peek();
    await client.refuse(REPLY);
    await isGone(raw);
  });

  test('a refused client that stays is closed all the same', async (t) => {
    const { raw, client } = await host().connect(t);
    await client.refuse(REPLY);
    assert.equal(await raw.end(), 'ended');
    await isGone(raw);
  });

  test('of refused clients that stay, no more than so many are waited for', async (t) => {
    if (!existsSync(DESCRIPTORS)) return t.skip('there is no /proc here');
    const count = MAX_LINGERING + 20;
    const clients = await Promise.all(Array.from({ length: count }, () => host().connect(t)));
    const before = readdirSync(DESCRIPTORS).length;
    await Promise.all(clients.map(({ client }) => client.refuse(REPLY)));
    const closed = before - readdirSync(DESCRIPTORS).length;
    assert.ok(closed >= 20, `${closed} are closed`);
    for (const { raw } of clients) {
      assert.equal(await raw.end(), 'ended');
      assert.equal(raw.bytes().toString(), REPLY);
    }
  });

  test('a refusal ends a peek', async (t) => {
    const { client } = await host().connect(t);
    const peek = client.peek();
    await client.refuse(REPLY);
    assert.equal((await peek).end, 'closed');
  });

  test('a client that is gone can be refused, closed and reset', async (t) => {
    const { raw, client } = await host().connect(t);
    const peek = client.peek();
    raw.reset();
    assert.equal((await peek).end, 'reset');
    await client.refuse(REPLY);
    await client.close();
    await client.reset();
  });
}

/** A socket closed on the other side answers bytes with a RST. */
async function isGone(raw: ExactSocket): Promise<void> {
  await eventually(() => {
    if (!raw.socket.destroyed) void raw.send('?');
    return raw.socket.destroyed;
  });
}
