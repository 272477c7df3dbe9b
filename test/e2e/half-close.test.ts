import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { clientHello } from '../support/client-hello.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startSluice } from '../support/sluice.ts';

const NAME = 'app.example.test';
const LONG = Buffer.alloc(1_000_000, 'x');

const backend = await startRawBackend();
const sluice = await startSluice({ routes: { [NAME]: { backends: [backend.address] } } });
after(async () => {
  await sluice[Symbol.asyncDispose]();
  await backend[Symbol.asyncDispose]();
});

const FIRST_BYTES = {
  tls: clientHello(NAME),
  http: Buffer.from(`GET / HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`),
};

for (const [index, protocol] of (['tls', 'http'] as const).entries()) {
  const head = FIRST_BYTES[protocol];

  test(`${protocol}: a client that has ended still gets all of a long answer`, async () => {
    await using client = await connectRaw(sluice.address(index));
    await client.send(head);
    await client.finish();
    await using connection = await backend.accept();
    assert.equal(await connection.end(), 'ended');
    assert.deepEqual(connection.bytes(), head);
    await connection.send(LONG);
    await connection.finish();
    assert.equal(await client.end(), 'ended');
    assert.ok(client.bytes().equals(LONG));
    assert.equal(await terminationOf(client.localAddress), 'ok');
  });

  test(`${protocol}: a backend that has ended still gets all that its client has to say`, async () => {
    await using client = await connectRaw(sluice.address(index));
    await client.send(head);
    await using connection = await backend.accept();
    await connection.send('the end');
    await connection.finish();
    assert.equal(await client.end(), 'ended');
    assert.equal(client.bytes().toString(), 'the end');
    await client.send(LONG);
    await client.finish();
    assert.equal(await connection.end(), 'ended');
    assert.ok(connection.bytes().equals(Buffer.concat([head, LONG])));
    assert.equal(await terminationOf(client.localAddress), 'ok');
  });
}

async function terminationOf(client: string): Promise<string> {
  return (await sluice.waitForSession((session) => session.client === client)).termination;
}
