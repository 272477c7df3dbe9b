import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { Side, SOCKET_OPTIONS } from '../../../../src/engine/net/side.ts';
import { listenExact, type ExactSocket } from '../../../support/exact-socket.ts';

// Asked to reset such a socket at once, node never closes its descriptor.
test('a reset while a FIN is on its way still closes the socket', async (t) => {
  const [side] = await connectedSide(t);
  side.end();
  side.reset();
  await once(side.socket, 'close');
  assert.equal(side.isClosed, true);
  assert.equal(side.fate, 'closed');
});

test('closed with bytes still to be written, a side is reset: nobody takes that for an end', async (t) => {
  const [side, other] = await connectedSide(t);
  side.socket.write(Buffer.alloc(67_108_864));
  side.close();
  assert.equal(await other.end(), 'reset');
});

async function connectedSide(t: TestContext): Promise<[Side, ExactSocket]> {
  const listener = await listenExact(t, { ip: '127.0.0.1' });
  const { ip, port } = listener.endpoint as { ip: string; port: number };
  const socket = connect({ ...SOCKET_OPTIONS, host: ip, port });
  t.after(() => socket.destroy());
  socket.pause();
  await once(socket, 'connect');
  return [new Side(socket, true), await listener.accept()];
}
