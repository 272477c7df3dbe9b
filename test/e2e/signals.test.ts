import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { clientHello } from '../support/client-hello.ts';
import { Program } from '../support/program.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startSluice } from '../support/sluice.ts';

const CLI = join(import.meta.dirname, '../../src/cli.js');
const NAME = 'app.example.test';
// Of TEST-NET-1: nobody is there, and nobody is waited for.
const NO_REDIS = 'redis://192.0.2.1:6379';

test('SIGHUP is logged and changes nothing: sessions go on, and new ones come', async () => {
  await using backend = await startRawBackend();
  await using sluice = await startSluice({ routes: { [NAME]: { backends: [backend.address] } } });
  await using before = await connectRaw(sluice.address());
  await before.send(clientHello(NAME));
  await using connection = await backend.accept();
  sluice.signal('SIGHUP');
  const line = await sluice.waitForLog(({ msg }) => msg?.startsWith('SIGHUP: ') === true);
  assert.equal(line.level, 'info');
  await connection.send('!');
  await before.read(1);
  await using after = await connectRaw(sluice.address());
  await after.send(clientHello(NAME));
  await using _ = await backend.accept();
  assert.ok(sluice.program.isRunning);
});

test('SIGTERM before the edge listens for clients has it drain as well', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const listen = ['--listen=tls://127.0.0.1:0', '--admin=127.0.0.1:0', `--redis=${NO_REDIS}`];
    await using edge = new Program([process.execPath, CLI, 'serve', ...listen]);
    // It is said before there are workers.
    await edge.stderr.find((line) => line.includes('admin listening') || undefined, 'its start');
    assert.deepEqual(await edge.stop(signal), { code: 0, signal: null });
    assert.ok(edge.stderr.text.includes('"draining"'));
  }
});
