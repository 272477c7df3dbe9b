import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { OPTION_ROWS } from '../../src/config/options.ts';
import { ROOT } from '../support/root.ts';

const CLI = join(import.meta.dirname, '../../src/cli.js');
const OPTIONS_TABLE = join(import.meta.dirname, '../../scripts/options-table.js');
const METRICS_TABLE = join(import.meta.dirname, '../../scripts/metrics-table.js');
const FIXTURES = join(ROOT, 'fixtures/config');
const HINT = 'Try sluice --help for the commands, sluice serve --help for the options.\n';

const sluice = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => run(CLI, args, env);

test('sluice alone shows its commands and fails as bad usage', async () => {
  const { code, stdout, stderr } = await sluice([]);
  assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
  assert.match(stderr, /^ {2}sluice serve .*\n {2}sluice check /m);
});

test('--version prints the version, and loads neither Redis nor logs nor YAML', async (t) => {
  const folder = await temporaryFolder(t);
  const { code, stdout, stderr } = await sluice(['--version'], { NODE_V8_COVERAGE: folder });
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `${version}\n`, stderr: '' });
  const [coverage] = await readdir(folder);
  const loaded = await readFile(join(folder, coverage!), 'utf8');
  assert.match(loaded, /node_modules\/yargs\//);
  assert.doesNotMatch(loaded, /node_modules\/(?:ioredis|pino|prom-client|yaml)\//);
});

test('--help lists the commands, and every option of a command', async () => {
  const top = await sluice(['--help']);
  assert.equal(top.code, 0);
  assert.match(top.stdout, /sluice serve .*\n.*sluice check/);
  for (const command of ['serve', 'check']) {
    const { code, stdout } = await sluice([command, '--help']);
    assert.equal(code, 0);
    for (const [, { name }] of OPTION_ROWS) assert.match(stdout, new RegExp(`^  --${name} `, 'm'));
  }
});

const BAD_USAGE: readonly (readonly [readonly string[], string])[] = [
  [['serv'], 'serv: no command has this name (did you mean serve?)'],
  [['frobnicate'], 'frobnicate: no command has this name'],
  [['--listen', 'tls://0.0.0.0:443'], 'a command is missing'],
  [['serve', '--lissten', 'x'], '--lissten: no option has this name (did you mean --listen?)'],
  [['serve', '--dashboard', 'on'], '--dashboard: no option has this name'],
  [
    ['serve', '--helloTimeout=5s'],
    '--helloTimeout: no option has this name (did you mean --hello-timeout?)',
  ],
  [['serve', '--no-listen'], '--no-listen: no option has this name (did you mean --listen?)'],
  [['serve', '-v'], '-v: no option has this name'],
  [['check', '--listen'], '--listen: has no value'],
  [['check', 'redis://:hunter2@h'], 'check: takes options only, and is given more'],
  [['check', '--', 'more'], 'check: takes options only, and is given more'],
];

for (const [args, line] of BAD_USAGE) {
  test(`"sluice ${args.join(' ')}" is answered in one line and a hint`, async () => {
    const expected = { code: 2, stdout: '', stderr: `${line}\n${HINT}` };
    assert.deepEqual(await sluice(args), expected);
    // In whatever language the operator reads.
    assert.deepEqual(await sluice(args, { LANG: 'de_DE.UTF-8' }), expected);
  });
}

for (const command of ['serve', 'check']) {
  test(`sluice ${command} prints every complaint about the options, one a line`, async () => {
    const args = ['--hello-timeout', '5 parsecs', '--listen', 'https://x', '--redis', 'hunter2'];
    const { code, stdout, stderr } = await sluice([command, ...args], {
      SLUICE_CONNECT_RETRIES: 'abc',
    });
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
    assert.deepEqual(stderr.split('\n'), [
      '--listen: "https://x" is not a listener such as tls://0.0.0.0:443, http://[::]:80 or auto://127.0.0.1:8443',
      '--redis: what is given is not a Redis address such as redis://127.0.0.1:6379, rediss://:PASSWORD@redis.example.com/0 or unix:/run/redis.sock',
      '--hello-timeout: "5 parsecs" is not a duration such as 500ms, 5s, 10m or 1h',
      'SLUICE_CONNECT_RETRIES: "abc" is not a whole number',
      '',
    ]);
  });
}

test('sluice check says what it found good, and shows no password', async () => {
  assert.deepEqual(await sluice(['check', '--redis', 'redis://:hunter2@10.0.0.9/1']), {
    code: 0,
    stdout:
      'ok: tls://0.0.0.0:443 http://0.0.0.0:80; routes from redis://10.0.0.9/1, not looked at\n',
    stderr: '',
  });
});

test('sluice check reads the route file', async () => {
  const routes = join(FIXTURES, 'routes/good.yaml');
  assert.deepEqual(
    await sluice(['check', '--routes', routes, '--backend-allow', 'unix:/run/apps']),
    {
      code: 0,
      stdout: `ok: tls://0.0.0.0:443 http://0.0.0.0:80; ${routes}: 2 routes, 5 backends\n`,
      stderr: '',
    },
  );
});

test('sluice check reports every complaint about the configuration and the route file', async () => {
  const args = ['--listen', 'tls://192.0.2.1:8443', '--backend-deny', '10.66.0.0/16'];
  const routes = join(FIXTURES, 'routes/bad.yaml');
  const { code, stdout, stderr } = await sluice([
    'check',
    ...args,
    '--routes',
    routes,
    '--balance',
    'x',
  ]);
  assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
  const recorded = await readFile(join(FIXTURES, 'routes/bad.complaints'), 'utf8');
  assert.equal(stderr.replaceAll(`${FIXTURES}/routes/`, ''), recorded);
});

test('sluice check refuses a route file that is not there', async () => {
  assert.deepEqual(await sluice(['check', '--routes', '/nonexistent/routes.yaml']), {
    code: 2,
    stdout: '',
    stderr: '/nonexistent/routes.yaml: does not exist\n',
  });
});

test('a variable that is no option is warned about and otherwise ignored', async () => {
  const { code, stderr } = await sluice(['check'], { SLUICE_PORT: 'tcp://10.0.0.1:443' });
  assert.equal(code, 0);
  assert.equal(stderr, 'warning: SLUICE_PORT: no option has this name; ignored\n');
});

test('the table of options in a README is written between its markers, and checked', async (t) => {
  const file = join(await temporaryFolder(t), 'README.md');
  await writeFile(file, 'before\n<!-- options -->\n<!-- /options -->\nafter\n');
  assert.equal((await run(OPTIONS_TABLE, ['--check', file])).code, 1);
  assert.equal((await run(OPTIONS_TABLE, [file])).code, 0);
  assert.equal((await run(OPTIONS_TABLE, ['--check', file])).code, 0);
  const written = await readFile(file, 'utf8');
  assert.match(written, /^before\n<!-- options -->\n\| option .*\n<!-- \/options -->\nafter\n$/s);
  for (const [, { name }] of OPTION_ROWS) assert.ok(written.includes(`| \`--${name} `), name);
});

test('the reference of metrics in a README is written between its markers, and checked', async (t) => {
  const file = join(await temporaryFolder(t), 'README.md');
  await writeFile(file, 'before\n<!-- metrics -->\n<!-- /metrics -->\nafter\n');
  assert.equal((await run(METRICS_TABLE, ['--check', file])).code, 1);
  assert.equal((await run(METRICS_TABLE, [file])).code, 0);
  assert.equal((await run(METRICS_TABLE, ['--check', file])).code, 0);
  const written = await readFile(file, 'utf8');
  assert.match(written, /^before\n<!-- metrics -->\n\| metric .*\n<!-- \/metrics -->\nafter\n$/s);
});

test('the reference of metrics in README.md is the one of this release', async () => {
  const { code, stderr } = await run(METRICS_TABLE, ['--check']);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
});

test('the table of options in README.md is the one of this release', async () => {
  const { code, stderr } = await run(OPTIONS_TABLE, ['--check']);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
});

async function run(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [script, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}
