import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Program } from '../../support/program.ts';
import { redisMissing, startRedis } from '../../support/redis.ts';
import { runSluice, startSluice } from '../../support/sluice.ts';

const CLI = join(import.meta.dirname, '../../../src/cli.js');
const SKIP = await redisMissing();
const ROUTES = {
  'app.example.com': { backends: ['10.0.0.5', '10.0.0.6?weight=3'], draining: ['10.0.0.7'] },
  '*.example.com': { backends: ['10.0.0.8'], options: {} },
  httpsDefault: { backends: ['10.0.0.9'] },
};

test('sluice routes shows what an edge sees, in a table', async () => {
  await using edge = await startEdge();
  const { code, stdout, stderr } = await runSluice(['routes', ...edge.flags]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.deepEqual(
    stdout.split('\n').map((line) => line.split(/ {2,}/)),
    [
      ['ROUTE', 'BACKENDS', 'DRAINING', 'OPTIONS'],
      ['app.example.com', '10.0.0.5 10.0.0.6?weight=3', '10.0.0.7'],
      ['*.example.com', '10.0.0.8'],
      ['httpsDefault', '10.0.0.9'],
    ],
  );
});

test('sluice routes HOST shows the routes it can match, the best first', async () => {
  await using edge = await startEdge();
  const patterns = async (host: string) => {
    const { stdout } = await runSluice(['routes', host, '--json', ...edge.flags]);
    return jsonLines(stdout).map(({ pattern }) => pattern);
  };
  assert.deepEqual(await patterns('App.example.com.'), [
    'app.example.com',
    '*.example.com',
    'httpsDefault',
  ]);
  assert.deepEqual(await patterns('*.example.com'), ['*.example.com']);
});

test('a route that is not there is said so, and exit 1', async () => {
  await using edge = await startEdge();
  const { code, stdout, stderr } = await runSluice(['routes', '*.other.test', ...edge.flags]);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
  assert.match(stderr, /^no such route; asked: edge /);
});

test('thousands of routes are read page by page, as many as are wanted', async () => {
  const hosts = Array.from({ length: 3000 }, (_, i) => `h${i}.example.com`);
  const routes = Object.fromEntries(hosts.map((host) => [host, { backends: ['10.0.0.5'] }]));
  await using edge = await startEdge(routes);
  const all = await runSluice(['routes', '--json', ...edge.flags]);
  const seen = jsonLines(all.stdout).map(({ pattern }) => pattern);
  assert.deepEqual(seen, hosts);
  const some = await runSluice(['routes', '--json', '--limit', '701', ...edge.flags]);
  assert.deepEqual(some.stdout, all.stdout.split('\n').slice(0, 701).join('\n'));
});

test(
  'sluice routes --redis asks Redis itself, with every part of a route',
  { skip: SKIP },
  async () => {
    await using redis = await startRedis();
    await redis.cli('SADD', 'p:hostnames:app.example.com:backends', '10.0.0.5');
    await redis.cli('SADD', 'p:hostnames:app.example.com:draining', '10.0.0.6');
    await redis.cli('HSET', 'p:hostnames:app.example.com:options', 'balance', 'random');
    await redis.cli('SADD', 'hostnames:other.example.com:backends', '10.0.0.7');
    const flags = ['--redis', redis.url, '--redis-prefix', 'p:', '--json'];
    for (const words of [[], ['app.example.com']]) {
      const { code, stdout } = await runSluice(['routes', ...words, ...flags]);
      assert.equal(code, 0);
      assert.deepEqual(jsonLines(stdout), [
        {
          pattern: 'app.example.com',
          backends: ['10.0.0.5'],
          draining: ['10.0.0.6'],
          acme: [],
          options: { balance: 'random' },
        },
      ]);
    }
  },
);

test('an edge that asks for a token is given it, by a flag or a variable', async () => {
  const token = 'sixteen-letters-or-more';
  await using edge = await startEdge(ROUTES, ['--admin-token', token]);
  const without = await runSluice(['routes', ...edge.flags]);
  assert.equal(without.code, 1);
  assert.match(without.stderr, /^sluice: the edge at 127\.0\.0\.1:\d+ asks for its --admin-token/);
  const byFlag = await runSluice(['routes', ...edge.flags, '--admin-token', token]);
  assert.equal(byFlag.code, 0);
  const byVariable = await runSluice(['routes', ...edge.flags], { SLUICE_ADMIN_TOKEN: token });
  assert.equal(byVariable.stdout, byFlag.stdout);
});

test('a reader that has seen enough ends the list without a word', async () => {
  const hosts = Array.from({ length: 3000 }, (_, i) => `h${i}.example.com`);
  const routes = Object.fromEntries(hosts.map((host) => [host, { backends: ['10.0.0.5'] }]));
  await using edge = await startEdge(routes);
  const command = [process.execPath, CLI, 'routes', ...edge.flags];
  await using program = new Program(command);
  program.child.stdout!.once('data', () => program.child.stdout!.destroy());
  await program.ended;
  assert.equal(program.stderr.text, '');
});

async function startEdge(routes: object = ROUTES, args: readonly string[] = []) {
  const sluice = await startSluice({ routes, args });
  return {
    flags: ['--admin', sluice.adminUrl.slice('http://'.length)],
    [Symbol.asyncDispose]: () => sluice[Symbol.asyncDispose](),
  };
}

function jsonLines(text: string): { readonly pattern?: string }[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly pattern?: string });
}
