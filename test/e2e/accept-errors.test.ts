import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectRaw } from '../support/raw-client.ts';
import { startSluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';
import { sumOf } from '../support/metrics.ts';
import { leaveNoDescriptor } from './terminations/descriptors.ts';

// libuv turns clients away without a word when it is out of descriptors.
const skip = process.env['TEST_ENGINE'] === 'net' ? 'the net engine is not told' : false;

test(
  'out of descriptors the edge says so once, counts, and goes on when there are more',
  { skip },
  async () => {
    await using sluice = await startSluice({
      listeners: ['tls://127.0.0.1:0'],
      args: ['--engine=epoll'],
    });
    const name = 'sluice_accept_errors_total';
    await sluice.waitForMetric(name, {}, 0);
    const limit = await leaveNoDescriptor(sluice.pid);
    await using first = await connectRaw(sluice.address());
    const line = await sluice.waitForLog(({ msg }) => msg === 'clients cannot be accepted');
    assert.deepEqual([line.level, line['code']], ['warn', 'EMFILE']);
    await limit[Symbol.asyncDispose]();
    await sluice.waitForMetric('sluice_connections_total', {}, 1);
    await eventually(async () => sumOf(await sluice.metrics(), name, {}) > 0);
    await first.finish();
    const said = sluice.log().filter(({ msg }) => msg === 'clients cannot be accepted');
    assert.equal(said.length, 1);
  },
);
