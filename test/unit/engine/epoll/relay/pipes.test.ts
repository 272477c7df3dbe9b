import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { epollUnavailable } from '../../../../../src/engine/epoll/system/available.ts';
import { createEpollEngine } from '../../../../../src/engine/epoll/epoll-engine.ts';
import { relayTo } from '../../../../support/epoll-proxy.ts';
import { connectExact, listenExact, type ExactSocket } from '../../../../support/exact-socket.ts';
import { stillness } from '../../../../support/stillness.ts';
import { eventually } from '../../../../support/wait.ts';

const skip = epollUnavailable() ?? false;
const SESSIONS = 8;
const BULK_BYTES = 4_194_304;
/** More than two hops of kernel buffers and a pipe take. */
const FLOOD_BYTES = 100_663_296;
const FEW = 2;

test('a session at rest holds its two sockets and no pipe, after bulk too', { skip }, async (t) => {
  const engine = createEpollEngine();
  t.after(() => engine.destroy());
  const backend = await listenExact(t);
  const at = { ip: '127.0.0.1', port: 0, backlog: 16, ipv6Only: false };
  const accept = (client: Parameters<typeof relayTo>[1]) =>
    void relayTo(engine, client, backend.endpoint);
  const { address } = await engine.listen(at, accept);
  const own = pipes();
  for (let i = 0; i < SESSIONS; i++) {
    const client = await connectExact(t, address);
    await client.send('hello');
    const rawBackend = await backend.accept();
    for (const pause of ['after bulk', 'after little', 'after bulk again']) {
      const bytes = randomBytes(pause === 'after little' ? 100 : BULK_BYTES);
      const before = client.received;
      await rawBackend.send(bytes);
      const received = await client.read(before + bytes.length);
      assert.ok(received.subarray(before).equals(bytes), pause);
    }
  }
  // One after the other they have shared a pipe; both its ends are kept for the next.
  await eventually(() => pipes() <= own + 2);
});

test(
  'clients that do not read hold no more pipes than there may be, and lose nothing',
  { skip },
  async (t) => {
    const own = pipes();
    const engine = createEpollEngine({ pipes: FEW });
    t.after(() => engine.destroy());
    const backend = await listenExact(t);
    const at = { ip: '127.0.0.1', port: 0, backlog: 16, ipv6Only: false };
    const accept = (client: Parameters<typeof relayTo>[1]) =>
      void relayTo(engine, client, backend.endpoint);
    const { address } = await engine.listen(at, accept);
    const flood = Buffer.alloc(FLOOD_BYTES, 'x');
    const stalled: { client: ExactSocket; flooded: Promise<void> }[] = [];
    for (let i = 0; i < 2 * FEW; i++) {
      const client = await connectExact(t, address);
      await client.send('hello');
      const rawBackend = await backend.accept();
      client.stopReading();
      const flooded = rawBackend.send(flood).then(() => rawBackend.finish());
      await stillness(() => rawBackend.sent);
      stalled.push({ client, flooded });
    }
    assert.equal(pipes(), own + 2 * FEW);
    for (const { client, flooded } of stalled) {
      client.readOn();
      await flooded;
      assert.equal(await client.end(), 'ended');
      assert.equal(client.received, FLOOD_BYTES);
    }
  },
);

function pipes(): number {
  return readdirSync('/proc/self/fd').filter((fd) => isPipe(fd)).length;
}

function isPipe(fd: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith('pipe:');
  } catch {
    return false;
  }
}
