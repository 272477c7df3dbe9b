import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { waitUntilIdle } from '../../../../src/commands/tools/wait-until-idle.ts';
import { parsePattern } from '../../../../src/route/pattern.ts';

const MEMBER = '10.0.0.1';

test('a backend is idle when two looks in a row found no session on it', async () => {
  const looks = [1, 0, 2, 0, 0];
  await using edge = await startEdge(looks);
  await wait(edge.port, Infinity);
  assert.deepEqual(looks, []);
});

test('time that is up after the first of them does not matter', async () => {
  const looks = [0, 0];
  await using edge = await startEdge(looks);
  await wait(edge.port, 0);
  assert.deepEqual(looks, []);
});

function wait(port: number, timeoutMs: number): Promise<void> {
  const parsed = parsePattern('httpsDefault');
  assert.ok('pattern' in parsed);
  const edges = [{ address: { ip: '127.0.0.1', port }, token: null }];
  return waitUntilIdle({ edges, pattern: parsed.pattern, member: MEMBER, timeoutMs });
}

/** What answers as an edge does, with one of these numbers of sessions after the other. */
async function startEdge(looks: number[]) {
  const server = createServer((_, response) => {
    const addresses = [{ address: MEMBER, sessions: looks.shift() ?? 99 }];
    const members = [{ member: MEMBER, set: 'draining', addresses }];
    response.end(JSON.stringify({ route: 'httpsDefault', members }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
