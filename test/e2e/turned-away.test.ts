import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, askHttp, askTls } from '../support/ask.ts';
import { curl } from '../support/curl.ts';
import { openSession, startGreeter } from '../support/greeter.ts';
import { opensslConnect } from '../support/openssl-client.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
// Without a route: whoever is let in has a short answer too.
const NOBODY = 'nobody.example.test';
const LET_IN = ['alert 112', 'HTTP 404', 'closed'];
const LISTENERS = ['tls://127.0.0.1:0', 'http://127.0.0.1:0', 'auto://127.0.0.1:0'];

/** What turns a client away before it says a word, and what it is told. */
interface Limit {
  readonly arg: string;
  /** Make it the next one that is over the limit, for as long as this lasts. */
  readonly during: (sluice: Sluice, work: () => Promise<void>) => Promise<void>;
  /** Make it so right before each one, where it does not last. */
  readonly before?: (sluice: Sluice) => Promise<unknown>;
  readonly alert: number;
  readonly status: number;
}

/** More than anybody is let in, one after the other, right behind somebody who was not. */
const TRIES = 20;
const LIMITED = { alert: 80, status: 429 } as const;
const LIMITS: Readonly<Record<string, Limit>> = {
  'over --max-connections': { arg: '--max-connections=1', during: whileOneIsOpen, ...LIMITED },
  'over --max-connections-per-ip': {
    arg: '--max-connections-per-ip=1',
    during: whileOneIsOpen,
    ...LIMITED,
  },
  'over --rate-per-ip': {
    arg: '--rate-per-ip=1',
    during: (_sluice, work) => work(),
    before: untilRefused,
    ...LIMITED,
  },
  'in --deny': {
    arg: '--deny=127.0.0.0/8',
    during: (_sluice, work) => work(),
    alert: 49,
    status: 403,
  },
};

for (const [what, { arg, during, before, alert, status }] of Object.entries(LIMITS)) {
  test(`a client ${what} is told so at once, in the language of the port`, async () => {
    await using backend = await startGreeter();
    const routes = { [NAME]: { backends: [backend.address] } };
    const args = [arg, '--hello-timeout=1s'];
    await using sluice = await startSluice({ routes, args, listeners: LISTENERS });
    const [tls, http, auto] = sluice.addresses as [string, string, string];
    const told = [`alert ${alert}`, `HTTP ${status}`];
    const once = (...asking: Asking) => refused(() => before?.(sluice), ...asking);
    await during(sluice, async () => {
      for (let i = 0; i < 5; i++) {
        assert.deepEqual([await once(ask, tls, ''), await once(ask, http, '')], told, 'no word');
        const asked = [await once(askTls, tls, NOBODY), await once(askHttp, http, NOBODY)];
        assert.deepEqual(asked, told);
      }
      assert.equal(await once(byCurl, http, NOBODY), told[1]);
      assert.equal(await once(byOpenssl, tls, NOBODY), told[0]);
      // Where the port speaks both, by what has come when it is turned away; a close where nothing has.
      assert.equal(await ask(auto, ''), 'closed');
      for (const [asks, answer] of [
        [askTls, told[0]],
        [askHttp, told[1]],
      ] as const)
        await eventually(async () => saysSo(await once(asks, auto, NOBODY), answer!));
    });
  });
}

type Asking = [
  asks: (address: string, what: string) => Promise<string>,
  address: string,
  what: string,
];

/** An answer of one who is not let in. By --rate-per-ip somebody is now and then. */
async function refused(
  before: () => Promise<unknown> | undefined,
  ...[asks, address, what]: Asking
): Promise<string> {
  let answer = '';
  for (let i = 0; i < TRIES; i++) {
    await before();
    answer = await asks(address, what);
    if (!LET_IN.includes(answer)) break;
  }
  return answer;
}

async function byCurl(address: string, name: string): Promise<string> {
  const { status } = await curl(`http://${name}/`, { via: address });
  return `HTTP ${status}`;
}

async function byOpenssl(address: string, serverName: string): Promise<string> {
  const { alert } = await opensslConnect(address, { serverName });
  return `alert ${alert}`;
}

/** Whether the client was told in time; it is never reset. */
function saysSo(answer: string, told: string): boolean {
  assert.notEqual(answer, 'reset');
  return answer === told;
}

async function whileOneIsOpen(sluice: Sluice, work: () => Promise<void>): Promise<void> {
  await using _one = await openSession(sluice.address(), NAME);
  await work();
}

function untilRefused(sluice: Sluice): Promise<unknown> {
  return eventually(async () => (await askTls(sluice.address(), NOBODY)) === 'alert 80');
}
