import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { clientHello } from '../../support/client-hello.ts';
import { NAME, startEdge, type Edge } from './edge.ts';
import { assertAlert, look, openSession, type Endings } from './ending.ts';

const BROKEN_RANDOM = pathToFileURL(join(import.meta.dirname, 'broken-random.js'));
const unscraped = 'the edge ends with its last session';

/** Of sessions that the edge itself ended. */
export const EDGE_ENDINGS: Endings<'drained' | 'shutdown' | 'internal-error'> = {
  drained: {
    title: 'the deadline for stopping has come, and the client is closed',
    edge: () => startEdge({ args: ['--drain-timeout', '100ms'] }),
    happens: (edge) => stop(edge, 0),
    unscraped,
  },
  shutdown: {
    title: 'a second signal has come, and the client is closed',
    edge: () => startEdge(),
    happens: (edge) => stop(edge, 143),
    unscraped,
  },
  'internal-error': {
    title: 'a stage of the session has a bug: alert 80, the stack is logged, the others go on',
    edge: startWithBug,
    happens: meetBug,
  },
};

async function stop(edge: Edge, exitCode: number): Promise<string[]> {
  const { sluice } = edge;
  const { client, connection } = await openSession(edge);
  sluice.signal('SIGTERM');
  await sluice.waitForLog(({ msg }) => msg === 'draining');
  if (exitCode !== 0) sluice.signal('SIGTERM');
  assert.deepEqual([await client.end(), await connection.end()], ['ended', 'ended']);
  assert.deepEqual(await sluice.program.ended, { code: exitCode, signal: null });
  return [client.localAddress];
}

/** There are two backends to choose from, and the first choice that a worker makes throws. */
function startWithBug(): Promise<Edge> {
  return startEdge({
    env: { NODE_OPTIONS: `--import=${BROKEN_RANDOM.href}` },
    alsoBackends: ['[::1]:1'],
    args: ['--balance', 'random'],
  });
}

async function meetBug(edge: Edge): Promise<string[]> {
  const seen = await look(edge.tls, clientHello(NAME));
  assertAlert(seen, 80);
  const fault = await edge.sluice.waitForLog(({ level }) => level === 'error');
  assert.match(String(fault['stack']), /^TypeError: a bug\n +at .*\n(?:.*\n)*.*\/session\//);
  const { client } = await openSession(edge);
  client.reset();
  return [seen.client];
}
