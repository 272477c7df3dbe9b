import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startNamedBackend } from '../support/named-backend.ts';
import { dropPackets, enterOwnNetwork, skipWithout } from '../support/own-network.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import type { RawSocket } from '../support/raw-socket.ts';
import { startSluice } from '../support/sluice.ts';
import { LOSSY } from './bad-backends.ts';
import { ask, unserved } from './load.ts';

const NAME = 'app.example.test';
const SLOW_MS = 700;

const alone = skipWithout(
  enterOwnNetwork() ?? dropPackets(`ip daddr ${LOSSY} numgen random mod 2 < 1`),
);

test(
  'a backend that loses half of its packets is served by retransmission or passed over',
  { skip: alone },
  async (t) => {
    await using lossy = await startNamedBackend('lossy', { host: LOSSY });
    await using sound = await startNamedBackend('sound');
    const backends = [lossy.address, sound.address];
    await using sluice = await startSluice({
      routes: { [NAME]: { backends, balance: 'round-robin' } },
      args: ['--connect-timeout', '1500ms', '--idle-timeout', '10s'],
    });
    const address = sluice.address();
    const seen = await ask({ address, name: NAME, width: 50, until: 200 });
    t.diagnostic(JSON.stringify(seen));
    // The kernel sends again after 0.2 s, 0.4 s, 0.8 s …: of 64, one has been unlucky for ten seconds.
    assert.equal(unserved(seen, 'lossy', 'sound', 'closed'), 0);
    assert.ok((seen.answers['closed'] ?? 0) <= 20, 'more than one of ten were given up');
    assert.ok(seen.answers['sound']! >= 100, 'half of them never met it');
    assert.ok(seen.slowestMs < 30_000, `one waited ${seen.slowestMs} ms`);
  },
);

test('a backend that is slow is waited for, and others are not kept waiting', async (t) => {
  await using slow = await startRawBackend({
    onConnection: (connection) => void answerLate(connection).catch(() => {}),
  });
  await using quick = await startNamedBackend('quick');
  const routes = { [NAME]: { backends: [slow.address, quick.address] } };
  await using sluice = await startSluice({ routes });
  const address = sluice.address();
  const seen = await ask({ address, name: NAME, width: 20, until: 400 });
  t.diagnostic(JSON.stringify(seen));
  assert.equal(unserved(seen, 'slow', 'quick'), 0);
  // Of two, the one with fewer sessions: the slow one has those that wait for it, and soon no more.
  assert.ok(seen.answers['quick']! > seen.answers['slow']!, 'most were not kept waiting');
});

async function answerLate(connection: RawSocket): Promise<void> {
  await connection.read(1);
  await new Promise((resolve) => {
    setTimeout(resolve, SLOW_MS);
  });
  await connection.send('slow');
  await connection.finish();
}
