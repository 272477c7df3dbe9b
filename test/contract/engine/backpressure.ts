import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineHost } from '../../support/engine-remote.ts';
import { dialledSession, HELLO } from '../../support/engine-session.ts';
import { stillness } from '../../support/stillness.ts';

const RELAY = { headSent: HELLO.length };

const FLOOD = Buffer.alloc(100_663_296, 'x');
/** What two hops of kernel buffers and the engine between them may swallow of it. */
const SWALLOWED_MAX_BYTES = 33_554_432;

export function backpressureContract(host: () => EngineHost): void {
  for (const [writer, reader] of [
    ['client', 'backend'],
    ['backend', 'client'],
  ] as const) {
    test(`a ${reader} that does not read stops the ${writer}, and loses nothing`, async (t) => {
      const session = await dialledSession(t, host());
      const sides = { client: session.raw, backend: session.rawBackend };
      const relayed = session.client.relay(session.backend, RELAY);
      const before = sides[reader].received;
      sides[reader].stopReading();
      const flood = sides[writer].send(FLOOD);
      const swallowed = await stillness(() => sides[writer].sent);
      assert.ok(swallowed < SWALLOWED_MAX_BYTES, `${swallowed} bytes were swallowed`);

      sides[reader].readOn();
      await flood;
      await Promise.all([session.raw.finish(), session.rawBackend.finish()]);
      assert.equal(await sides[reader].end(), 'ended');
      assert.equal(sides[reader].received - before, FLOOD.length);
      assert.equal((await relayed).end, 'ok');
    });
  }
}
