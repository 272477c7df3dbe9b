import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineHost } from '../../support/engine-remote.ts';
import { connectExact } from '../../support/exact-socket.ts';
import { NO_IPV6 } from '../../support/ipv6.ts';

const QUEUE = { backlog: 16, ipv6Only: false };

export function listenContract(host: () => EngineHost): void {
  test('a client is known by both of its addresses', async (t) => {
    const { raw, client } = await host().connect(t);
    assert.deepEqual(client.remote, { ip: '127.0.0.1', port: raw.socket.localPort });
    assert.deepEqual(client.local, host().address);
  });

  test('an IPv4 client of an IPv6 listener is known as IPv4', { skip: NO_IPV6 }, async (t) => {
    const { listening, address } = await host().listen({ ip: '::', port: 0, ...QUEUE });
    t.after(() => host().call({ do: 'stop-listening', listening }));
    assert.equal(address.ip, '::');
    const { client } = await host().connect(t, { ip: '127.0.0.1', port: address.port });
    assert.equal(client.remote.ip, '127.0.0.1');
    assert.equal(client.local.ip, '127.0.0.1');
  });

  test(
    'an IPv6 listener can leave IPv4 on its port to another one',
    { skip: NO_IPV6 },
    async (t) => {
      const { port } = host().address;
      const six = await host().listen({ ip: '::', port, backlog: 16, ipv6Only: true });
      t.after(() => host().call({ do: 'stop-listening', listening: six.listening }));
      const { client } = await host().connect(t, { ip: '::1', port });
      assert.equal(client.remote.ip, '::1');
      assert.deepEqual((await host().connect(t)).client.local, host().address);
    },
  );

  test('an address in use is refused by name', async () => {
    const taken = host().listen({ ...host().address, ...QUEUE });
    await assert.rejects(taken, { name: 'SocketError', code: 'EADDRINUSE' });
  });

  test('a listener that is closed accepts nobody and leaves its clients alone', async (t) => {
    const { listening, address } = await host().listen({ ip: '127.0.0.1', port: 0, ...QUEUE });
    const { raw, client } = await host().connect(t, address);
    await host().call({ do: 'stop-listening', listening });
    await assert.rejects(connectExact(t, address), { code: 'ECONNREFUSED' });
    await raw.send('still here');
    assert.equal((await client.peek()).end, 'more');
  });
}
