import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, rename } from 'node:fs/promises';
import { test } from 'node:test';
import { askHttp } from '../support/ask.ts';
import { alpn, clientHello } from '../support/client-hello.ts';
import { makeFolder } from '../support/folder.ts';
import { sumOf } from '../support/metrics.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startSluice, type SessionLine, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
const DROPPED = 'sluice_access_lines_dropped_total';

test('after the file was renamed and SIGHUP came, lines go into a new one, and none is lost', async () => {
  await using folder = await makeFolder();
  const file = folder.file('access.log');
  const rotated = folder.file('access.log.1');
  await using sluice = await startSluice({ args: ['--access-log', file] });
  await askHttp(sluice.address(1), 'before.test');
  await eventually(async () => (await hostsIn(file)).length === 1);
  await rename(file, rotated);
  await askHttp(sluice.address(1), 'between.test');
  await eventually(async () => (await hostsIn(rotated)).length === 2);
  sluice.signal('SIGHUP');
  await sluice.waitForLog(
    ({ msg }) => msg?.startsWith('SIGHUP: the access log was opened') === true,
  );
  await askHttp(sluice.address(1), 'after.test');
  assert.deepEqual(await sluice.stop(), { code: 0, signal: null });
  assert.deepEqual(await hostsIn(rotated), ['before.test', 'between.test']);
  assert.deepEqual(await hostsIn(file), ['after.test']);
});

test('a SIGHUP that finds no place for a new file is an error in the log, and the old one goes on', async () => {
  await using folder = await makeFolder();
  await using gone = await makeFolder();
  const moved = folder.file('moved');
  await using sluice = await startSluice({ args: ['--access-log', gone.file('access.log')] });
  await rename(gone.path, moved);
  sluice.signal('SIGHUP');
  const { level } = await sluice.waitForLog(({ msg }) => msg?.startsWith('SIGHUP: ') === true);
  assert.equal(level, 'error');
  await askHttp(sluice.address(1), 'after.test');
  assert.deepEqual(await sluice.stop(), { code: 0, signal: null });
  assert.deepEqual(await hostsIn(`${moved}/access.log`), ['after.test']);
});

test('a full disk loses lines, counted, and no session; readyz says so', async () => {
  await using backend = await startNamedBackend('site');
  await using sluice = await startSluice({
    routes: { [NAME]: { backends: [backend.address] } },
    args: ['--access-log=/dev/full'],
  });
  for (const lost of [1, 2]) {
    assert.match(await askHttp(sluice.address(1), NAME), /site/);
    await sluice.waitForMetric(DROPPED, {}, lost);
  }
  const { status, body } = await sluice.admin('/readyz');
  assert.equal(status, 200);
  assert.match(body, /^the access log cannot be written: 2 access lines lost since the start$/m);
  const said = sluice.log().filter(({ msg }) => msg === 'access log');
  assert.deepEqual(
    said.map(({ error }) => error),
    ['ENOSPC: no space left on device, write'],
  );
  assert.deepEqual(await sluice.stop(), { code: 0, signal: null });
});

test('a named pipe that nobody reads holds up neither start, sessions, SIGHUP nor the end', async () => {
  await using folder = await makeFolder();
  await using backend = await startNamedBackend('site');
  const pipe = folder.file('pipe');
  execFileSync('mkfifo', [pipe]);
  await using sluice = await startSluice({
    routes: { [NAME]: { backends: [backend.address] } },
    args: ['--access-log', pipe],
  });
  await eventually(async () => {
    await fill(sluice);
    return sumOf(await sluice.metrics(), DROPPED) > 0;
  });
  assert.ok(sumOf(await sluice.metrics(), 'sluice_access_log_queued_bytes') > 0);
  assert.match(await askHttp(sluice.address(1), NAME), /site/);
  sluice.signal('SIGHUP');
  await sluice.waitForLog(
    ({ msg }) => msg?.startsWith('SIGHUP: the access log was opened') === true,
  );
  assert.match(await askHttp(sluice.address(1), NAME), /site/);
  assert.deepEqual(await sluice.stop(), { code: 0, signal: null });
});

/** A few hundred sessions with lines as long as they get. */
async function fill(sluice: Sluice): Promise<void> {
  const offers = Array.from({ length: 8 }, (_, n) => `${n}`.repeat(2) + '\x1b'.repeat(30));
  const hello = clientHello('unknown.test', [alpn(...offers)]);
  const send = async () => {
    await using client = await connectRaw(sluice.address());
    await client.send(hello);
    await client.end();
  };
  for (let n = 0; n < 20; n++) await Promise.all(Array.from({ length: 20 }, send));
}

async function hostsIn(file: string): Promise<(string | undefined)[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  assert.equal(lines.pop(), '', 'whole lines');
  return lines.map((line) => (JSON.parse(line) as SessionLine).host);
}
