import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { clientHello } from '../support/client-hello.ts';
import { sumOf } from '../support/metrics.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { runSluice, startSluice, type Sluice } from '../support/sluice.ts';

const WITHOUT_KOFFI = `--import=${join(import.meta.dirname, '../support/without-koffi.js')}`;
const skip = process.platform === 'linux' ? false : 'the epoll engine needs Linux';

async function engineOf(
  sluice: Sluice,
): Promise<{ engine: unknown; reason: unknown; workers: unknown }> {
  const { engine, reason, workers } = await sluice.waitForLog(({ msg }) => msg === 'engine');
  assert.equal(sumOf(await sluice.metrics(), 'sluice_build_info', { engine: String(engine) }), 1);
  assert.match(
    (await sluice.admin('/readyz')).body,
    new RegExp(`^engine ${String(engine)}: `, 'm'),
  );
  return { engine, reason, workers };
}

test(
  'auto takes epoll on Linux and says so in the log, the metrics and /readyz',
  { skip },
  async () => {
    await using sluice = await startSluice({ args: ['--engine=auto', '--workers=2'] });
    assert.deepEqual(await engineOf(sluice), {
      engine: 'epoll',
      reason: 'it runs here',
      workers: 2,
    });
  },
);

test('auto takes net where koffi is missing, and says why', { skip }, async () => {
  await using backend = await startRawBackend({ onConnection: (one) => void one.send('hi') });
  await using sluice = await startSluice({
    args: ['--engine=auto', '--workers=auto'],
    env: { NODE_OPTIONS: WITHOUT_KOFFI },
    routes: { 'app.test': { backends: [backend.address] } },
  });
  const { engine, reason, workers } = await engineOf(sluice);
  assert.deepEqual([engine, workers], ['net', 1]);
  assert.match(String(reason), /koffi.*Cannot find module/);
  const client = await connectRaw(sluice.address());
  await client.send(clientHello('app.test'));
  assert.equal((await client.read(2)).toString(), 'hi');
});

test(
  'epoll asked for by name and not to be had is one clear line and exit 1',
  { skip },
  async () => {
    const end = await runSluice(['serve', '--engine=epoll', '--routes=/dev/null', '--admin=off'], {
      NODE_OPTIONS: WITHOUT_KOFFI,
    });
    assert.equal(end.code, 1);
    assert.match(end.stderr, /^sluice: cannot run the engine asked for: .*koffi.*$/m);
  },
);

test('more than one worker on the net engine is refused, not ignored', async () => {
  const end = await runSluice(['serve', '--engine=net', '--workers=2', '--routes=/dev/null']);
  assert.equal(end.code, 1);
  assert.match(end.stderr, /^sluice: .*the net engine runs one worker, not 2$/m);
});
