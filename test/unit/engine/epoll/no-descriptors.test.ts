import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { IpEndpoint } from '../../../../src/address.ts';
import { epollUnavailable } from '../../../../src/engine/epoll/system/available.ts';
import { echoListener } from '../../../support/echo-listener.ts';
import { connectExact, type ExactSocket } from '../../../support/exact-socket.ts';
import { within } from '../../../support/wait.ts';

const PROGRAM = new URL(
  `../../../support/epoll-program${extname(import.meta.filename)}`,
  import.meta.url,
);
/** What Node and the engine have open for themselves, and a few sessions. */
const DESCRIPTORS = 64;
const CLIENTS = 60;

test(
  'out of descriptors, clients wait for those before them and none is turned away',
  { skip: epollUnavailable() ?? false },
  async (t) => {
    const address = await startProgram(t, (await echoListener(t)).port);
    const clients: ExactSocket[] = [];
    for (let i = 0; i < CLIENTS; i++) {
      const client = await connectExact(t, address);
      await client.send('hello');
      clients.push(client);
    }
    // Whoever has been served leaves two descriptors to the others.
    const served = clients.map(async (client) => {
      assert.equal((await client.read(5)).toString(), 'hello');
      client.socket.destroy();
    });
    await Promise.all(served);
  },
);

/** Start the program with few descriptors; it answers on the address returned. */
async function startProgram(t: TestContext, backendPort: number): Promise<IpEndpoint> {
  const command = `ulimit -n ${DESCRIPTORS} && exec "$0" "$1" ${backendPort}`;
  const program = spawn('sh', ['-c', command, process.execPath, fileURLToPath(PROGRAM)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(async () => {
    const exit = once(program, 'exit');
    program.kill();
    await exit;
  });
  const [line] = (await within(
    once(program.stdout, 'data'),
    () => 'the program did not start',
  )) as [Buffer];
  return { ip: '127.0.0.1', port: Number(line.toString()) };
}
