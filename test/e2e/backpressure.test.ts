import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientHello } from '../support/client-hello.ts';
import { sumOf } from '../support/metrics.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { stillness } from '../support/stillness.ts';

const NAME = 'app.example.test';
const HELLO = clientHello(NAME);
const FLOOD = Buffer.alloc(100_663_296, 'x');
/** What the kernel's buffers on two connections, and sluice between them, may swallow of it. */
const SWALLOWED_MAX_BYTES = 33_554_432;
/** What the memory of sluice may grow by meanwhile: none of the flood stays there. */
const GROWTH_MAX_BYTES = 50_331_648;

for (const [writer, reader] of [
  ['client', 'backend'],
  ['backend', 'client'],
] as const) {
  test(`a ${reader} that does not read slows the ${writer}, and takes no memory of sluice`, async () => {
    await using listener = await startRawBackend();
    await using sluice = await startSluice({
      routes: { [NAME]: { backends: [listener.address] } },
    });
    await using client = await connectRaw(sluice.address());
    await client.send(HELLO);
    await using backend = await listener.accept();
    await backend.read(HELLO.length);
    const sides = { client, backend };
    const before = { received: sides[reader].received, memory: await memoryOf(sluice) };

    sides[reader].stopReading();
    const flood = sides[writer].send(FLOOD);
    const swallowed = await stillness(() => sides[writer].sent);
    assert.ok(swallowed < SWALLOWED_MAX_BYTES, `${swallowed} bytes were swallowed`);
    const growth = (await memoryOf(sluice)) - before.memory;
    assert.ok(growth < GROWTH_MAX_BYTES, `sluice grew by ${growth} bytes`);

    sides[reader].readOn();
    await flood;
    await Promise.all([client.finish(), backend.finish()]);
    assert.equal(await sides[reader].end(), 'ended');
    assert.equal(sides[reader].received - before.received, FLOOD.length);
    const { termination, ...session } = await sluice.waitForSession(() => true);
    assert.equal(termination, 'ok');
    const [fromClient, fromBackend] =
      writer === 'client' ? [HELLO.length + FLOOD.length, 0] : [HELLO.length, FLOOD.length];
    assert.deepEqual(
      [session.bytes_from_client, session.bytes_from_backend],
      [fromClient, fromBackend],
    );
  });
}

async function memoryOf(sluice: Sluice): Promise<number> {
  return sumOf(await sluice.metrics(), 'process_resident_memory_bytes');
}
