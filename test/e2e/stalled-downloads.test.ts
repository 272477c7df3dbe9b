import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { ask } from '../support/ask.ts';
import { startRawBackend, type RawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import type { RawSocket } from '../support/raw-socket.ts';
import { startSluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
const REQUEST = `GET / HTTP/1.1\r\nHost: ${NAME}\r\nConnection: close\r\n\r\n`;
const DESCRIPTORS = 400;
/** As many sessions as that is enough for, by default. */
const SESSIONS = 100;
/** More than the kernel takes of a client that does not read. */
const DOWNLOAD = Buffer.alloc(8_388_608, 'x');

test('an edge full of clients that do not read answers the next one, and is alive', async () => {
  await using backend = await startDownloads();
  const routes = { [NAME]: { backends: [backend.address] } };
  await using sluice = await startSluice({ routes, descriptors: DESCRIPTORS });
  const http = sluice.address(1);
  const clients: RawSocket[] = [];
  try {
    while (clients.length < SESSIONS) {
      const client = await connectRaw(http);
      client.stopReading();
      clients.push(client);
      await client.send(REQUEST);
      await eventually(() => backend.accepted === clients.length);
    }
    await sluice.waitForMetric('sluice_connections_active', { state: 'relaying' }, SESSIONS);
    assert.equal(await ask(http, REQUEST), 'HTTP 429');
    assert.equal((await sluice.admin('/livez')).status, 200);
    const open = (await readdir(`/proc/${sluice.pid}/fd`)).length;
    assert.ok(open < DESCRIPTORS * 0.9, `${open} descriptors`);
    // Whoever reads on gets all of it, pipe or no pipe.
    for (const client of [clients[0]!, clients.at(-1)!]) {
      client.readOn();
      assert.equal(await client.end(), 'ended');
      assert.equal(client.received, DOWNLOAD.length);
    }
  } finally {
    for (const client of clients) client.reset();
  }
});

function startDownloads(): Promise<RawBackend> {
  const answer = async (connection: RawSocket) => {
    await connection.read(REQUEST.length);
    connection.socket.end(DOWNLOAD);
  };
  return startRawBackend({ onConnection: (connection) => void answer(connection) });
}
