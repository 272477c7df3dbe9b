import assert from 'node:assert/strict';
import { clientHello } from '../../support/client-hello.ts';
import { connectRaw } from '../../support/raw-client.ts';
import { NAME, startEdge, type Edge } from './edge.ts';
import { openSession, type Endings } from './ending.ts';

type RelayEnding = 'ok' | 'client-aborted' | 'backend-aborted' | 'backend-removed' | RelayTimeout;
type RelayTimeout = 'idle-timeout' | 'half-close-timeout';

/** Of sessions that reached a backend. */
export function relayEndings(
  patient: () => Promise<Edge>,
  impatient: () => Promise<Edge>,
): Endings<RelayEnding> {
  return {
    ok: {
      title: 'both sides end, and each sees the end of the other',
      edge: patient,
      happens: endBoth,
    },
    'client-aborted': {
      title: 'the client resets while relaying, and so does sluice to the backend',
      edge: patient,
      happens: resetClient,
    },
    'backend-aborted': {
      title: 'the backend resets while relaying, and the client is reset',
      edge: patient,
      happens: resetBackend,
    },
    'backend-removed': {
      title: 'the backend is taken from the route, and its sessions with it: closed',
      edge: () => startEdge({ args: ['--on-removed', 'close=0s'] }),
      happens: takeBackend,
    },
    'idle-timeout': {
      title: 'nobody says anything for too long, and the client is closed',
      edge: impatient,
      happens: fallSilent,
    },
    'half-close-timeout': {
      title: 'the backend says nothing for too long after the client has ended, and is left',
      edge: impatient,
      happens: halfClose,
    },
  };
}

async function endBoth(edge: Edge): Promise<string[]> {
  const { client, connection } = await openSession(edge);
  await client.finish();
  assert.equal(await connection.end(), 'ended');
  await connection.finish();
  assert.equal(await client.end(), 'ended');
  return [client.localAddress];
}

async function resetClient(edge: Edge): Promise<string[]> {
  const { client, connection } = await openSession(edge);
  client.reset();
  assert.equal(await connection.end(), 'reset');
  return [client.localAddress];
}

async function resetBackend(edge: Edge): Promise<string[]> {
  const { client, connection } = await openSession(edge);
  connection.reset();
  assert.equal(await client.end(), 'reset');
  return [client.localAddress];
}

async function takeBackend(edge: Edge): Promise<string[]> {
  const { client, connection } = await openSession(edge);
  await edge.sluice.writeRoutes({});
  assert.deepEqual([await client.end(), await connection.end()], ['ended', 'ended']);
  return [client.localAddress];
}

async function fallSilent(edge: Edge): Promise<string[]> {
  const { client, connection } = await openSession(edge);
  assert.deepEqual([await client.end(), await connection.end()], ['ended', 'ended']);
  client.socket.destroy();
  connection.socket.destroy();
  return [client.localAddress];
}

async function halfClose({ tls, backend }: Edge): Promise<string[]> {
  await using client = await connectRaw(tls);
  // Behind the hello at once: no other limit may run out before there is an end.
  await Promise.all([client.send(clientHello(NAME)), client.finish()]);
  await using connection = await backend.accept();
  assert.deepEqual([await client.end(), await connection.end()], ['ended', 'ended']);
  return [client.localAddress];
}
