import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineHost } from '../../support/engine-remote.ts';
import { dialledSession, HELLO } from '../../support/engine-session.ts';
import { stillness } from '../../support/stillness.ts';

const RELAY = { headSent: HELLO.length };

const FLOOD = Buffer.alloc(201_326_592, 'x');
/** What two hops of kernel buffers (`tcp_rmem` and `tcp_wmem`, 36 MiB at most) and the engine may swallow. */
const SWALLOWED_MAX_BYTES = 83_886_080;

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
