import assert from 'node:assert/strict';
import { extname } from 'node:path';
import { test } from 'node:test';
import type { IpEndpoint } from '../../../../src/address.ts';
import { connectExact } from '../../../support/exact-socket.ts';
import { listen } from '../../../support/listening.ts';
import { Program } from '../../../support/program.ts';

const ENGINE = new URL(
  `../../../../src/engine/net/engine${extname(import.meta.filename)}`,
  import.meta.url,
).href;

/** Greets every client on the listening descriptor 3. */
const GREETER = `
  import { netEngine } from ${JSON.stringify(ENGINE)};
  const { address } = await netEngine.listen({ fd: 3 }, (client) => client.refuse(Buffer.from('hi')));
  console.log(JSON.stringify(address));
`;

test('a listening descriptor may be inherited', async (t) => {
  const { server, port } = await listen();
  const greeter = [process.execPath, '--input-type=module', '--eval', GREETER];
  await using program = new Program(greeter, { listening: server });
  const address = JSON.parse((await program.stdout.match(/^\{.*\}$/))[0]) as IpEndpoint;
  assert.deepEqual(address, { ip: '127.0.0.1', port });
  const raw = await connectExact(t, address);
  assert.equal(await raw.end(), 'ended');
  assert.equal(raw.bytes().toString(), 'hi');
});
