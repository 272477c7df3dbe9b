import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ClientSocket } from '../../../../src/engine/engine.ts';
import { epollUnavailable } from '../../../../src/engine/epoll/system/available.ts';
import { createEpollEngine } from '../../../../src/engine/epoll/epoll-engine.ts';
import { connectExact, type ExactSocket } from '../../../support/exact-socket.ts';

const skip = epollUnavailable() ?? false;
const LONG_MS = 600_000;

test('a head grows in pieces, whatever is consumed in between', { skip }, async (t) => {
  const { raw, client } = await (await listener(t))();
  let expected = '';
  let sent = 0;
  // Past any buffer it has grown to before; every fifth time all of it is consumed, every third a part.
  for (let i = 0; i < 200; i++) {
    const piece = `${i},`.repeat(1 + (i % 17));
    await raw.send(piece);
    sent += piece.length;
    expected += piece;
    while (client.head.length < expected.length) await client.peek(client.head.length, LONG_MS);
    assert.equal(client.head.toString(), expected);
    const consumed = i % 5 === 0 ? expected.length : i % 3 === 0 ? 3 : 0;
    client.consume(consumed);
    expected = expected.slice(consumed);
    assert.equal(client.head.toString(), expected);
  }
  assert.equal(client.received, sent);
});

test('a head stays as it is while others are read', { skip }, async (t) => {
  const connect = await listener(t);
  const first = await connect();
  await first.raw.send('the first head');
  await first.client.peek(0, LONG_MS);
  const { head } = first.client;
  for (let i = 0; i < 20; i++) {
    const other = await connect();
    await other.raw.send('x'.repeat(10_000));
    await other.client.peek(9_999, LONG_MS);
  }
  assert.equal(head.toString(), 'the first head');
});

/** Both ends of a new connection, as often as it is called. */
async function listener(
  t: TestContext,
): Promise<() => Promise<{ raw: ExactSocket; client: ClientSocket }>> {
  const engine = createEpollEngine();
  t.after(() => engine.destroy());
  let accepted: (client: ClientSocket) => void = () => {};
  const at = { ip: '127.0.0.1', port: 0, backlog: 4, ipv6Only: false };
  const { address } = await engine.listen(at, (each) => accepted(each));
  return async () => {
    const client = new Promise<ClientSocket>((resolve) => (accepted = resolve));
    const raw = await connectExact(t, address);
    return { raw, client: await client };
  };
}
