import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusingAddress, silentAddress } from '../../support/dead-addresses.ts';
import type { EngineHost } from '../../support/engine-remote.ts';
import { listenExact } from '../../support/exact-socket.ts';
import { makeFolder } from '../../support/folder.ts';
import { NO_IPV6 } from '../../support/ipv6.ts';

export function dialContract(host: () => EngineHost): void {
  for (const ip of ['127.0.0.1', '::1']) {
    const skip = ip === '::1' && NO_IPV6;
    test(`a backend on ${ip} is told its first bytes at once`, { skip }, async (t) => {
      const listener = await listenExact(t, { ip });
      const { local } = await host().dial(listener.endpoint, 'header and head');
      const rawBackend = await listener.accept();
      assert.equal((await rawBackend.read(15)).toString(), 'header and head');
      assert.deepEqual(local, { ip, port: rawBackend.socket.remotePort });
    });
  }

  test('a backend may be a unix socket', async (t) => {
    await using folder = await makeFolder();
    const path = folder.file('backend.sock');
    const listener = await listenExact(t, { path });
    const { local } = await host().dial({ path }, 'hello');
    assert.equal((await (await listener.accept()).read(5)).toString(), 'hello');
    assert.deepEqual(local, { path: '' });
  });

  test('a dial may have nothing to say', async (t) => {
    const listener = await listenExact(t);
    const { backend } = await host().dial(listener.endpoint);
    const rawBackend = await listener.accept();
    await host().call({ do: 'close-backend', backend });
    assert.equal(await rawBackend.end(), 'ended');
    assert.equal(rawBackend.received, 0);
  });

  test('a backend that refuses is named by errno', async () => {
    await using dead = await refusingAddress();
    await fails(host().dial({ ip: '127.0.0.1', port: dead.port }), 'ECONNREFUSED');
  });

  test('a unix socket that is not there is named by errno', async () => {
    await using folder = await makeFolder();
    await fails(host().dial({ path: folder.file('nobody.sock') }), 'ENOENT');
  });

  test('a backend that answers no SYN times out when it is told to', async () => {
    await using silent = await silentAddress();
    await fails(host().dial({ ip: '127.0.0.1', port: silent.port }, 'hello', 100), 'ETIMEDOUT');
  });
}

function fails(dialled: Promise<unknown>, code: string): Promise<void> {
  return assert.rejects(dialled, { name: 'SocketError', code });
}
