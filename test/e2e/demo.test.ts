import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parse } from 'yaml';
import { makeFolder } from '../support/folder.ts';
import { Program } from '../support/program.ts';
import { ROOT } from '../support/root.ts';
import { eventually, within } from '../support/wait.ts';

// It waits for five programs, one after the other, and may have to build first.
const DEADLINE_MS = 180_000;

const CHECKS = [
  '✔ the certificate and the answer are those of a shop backend',
  '✔ the certificate and the answer are those of a blog backend',
  '✔ the site answered',
  '✔ only shop-2 answers in the end',
  '✔ the backend saw the address and port of curl',
  '✔ TLS: alert 112, unrecognized_name',
  '✔ HTTP: 404',
  '✔ the metrics count what happened here',
  '✔ the access log has a line for each session',
  '✔ The tour is over: every step went as it should.',
];

test('the demo tours a whole edge and fails no request', async (t) => {
  const demo = await startDemo(t, '--once');
  assert.equal(await demo.exitCode(), 0, demo.said());
  assertToured(demo.said());
  assert.match(demo.said(), /\$ redis-cli -p \d+ SADD hostnames:shop\.localhost:backends '127.+'/);
  assert.match(demo.said(), /✔ none of \d+ requests failed/);
});

test('the demo stays up until Ctrl-C, then ends all that it started', async (t) => {
  const demo = await startDemo(t);
  await eventually(() => demo.said().includes('until Ctrl-C'), DEADLINE_MS);
  const [, admin] = /--admin (127\.0\.0\.1:\d+)/.exec(demo.said())!;
  const ready = await fetch(`http://${admin}/readyz`);
  assert.match(await ready.text(), /^ready\n/);
  demo.program.signal('SIGINT');
  assert.equal(await demo.exitCode(), 0, demo.said());
  await assert.rejects(fetch(`http://${admin}/readyz`));
  assert.deepEqual(readdirSync(demo.folder), []);
});

test('without Redis the demo says so, and routes from a file', async (t) => {
  const demo = await startDemo(t, '--once', '--no-redis');
  assert.equal(await demo.exitCode(), 0, demo.said());
  assertToured(demo.said());
  assert.match(demo.said(), /WITHOUT REDIS/);
  assert.doesNotMatch(demo.said(), /redis-cli/);
});

test('the demo says how it is used when it is given something else', async (t) => {
  const demo = await startDemo(t, '--twice');
  assert.equal(await demo.exitCode(), 2);
  assert.match(demo.program.stderr.text, /scripts\/demo \[--once\]/);
});

test('docker-compose.yml has an edge, its Redis, two TLS backends, Prometheus and Grafana', async () => {
  const compose = parse(await readFile(join(ROOT, 'docker-compose.yml'), 'utf8')) as Compose;
  assert.deepEqual(Object.keys(compose.services).sort(), [
    'grafana',
    'one',
    'prometheus',
    'sluice',
    'two',
    'valkey',
  ]);
  const used = Object.values(compose.services).flatMap(({ configs = [] }) =>
    configs.map(({ source }) => source),
  );
  assert.deepEqual([...new Set(used)].sort(), Object.keys(compose.configs).sort());
});

interface Compose {
  readonly services: Readonly<Record<string, { readonly configs?: readonly { source: string }[] }>>;
  readonly configs: Readonly<Record<string, object>>;
}

interface Demo {
  readonly program: Program;
  /** Where it puts what it needs while it runs. */
  readonly folder: string;
  said(): string;
  exitCode(): Promise<number | null>;
}

async function startDemo(t: TestContext, ...args: readonly string[]): Promise<Demo> {
  const folder = await makeFolder();
  const env = { ...process.env, TMPDIR: folder.path, SLUICE_DEMO_PORTS: 'free' };
  const program = new Program([join(ROOT, 'scripts/demo'), ...args], { env, cwd: folder.path });
  t.after(async () => {
    // Asked rather than killed: it has others to end.
    if (program.isRunning) await program.stop();
    await folder[Symbol.asyncDispose]();
  });
  const said = () => program.stdout.text;
  const exitCode = async () => (await within(program.ended, said, DEADLINE_MS)).code;
  return { program, folder: folder.path, said, exitCode };
}

function assertToured(said: string): void {
  for (const check of CHECKS) assert.ok(said.includes(check), `no "${check}" in:\n${said}`);
  assert.ok(!said.includes('✘'), said);
  assert.ok(!said.includes('\u001b'), 'colours are for terminals');
}
