import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSluice } from '../../support/sluice.ts';

const BAD: readonly (readonly [args: readonly string[], stderr: string])[] = [
  [['explain'], 'explain: HOST is missing\nTry sluice explain --help.'],
  [['drain', 'a.test'], 'drain: BACKEND is missing\nTry sluice drain --help.'],
  [
    ['undrain', 'a', 'b', 'c'],
    'undrain: takes HOST BACKEND, and is given more\nTry sluice undrain --help.',
  ],
  [['routes', 'a', 'b'], 'routes: takes [HOST], and is given more\nTry sluice routes --help.'],
  [['lint', 'a'], 'lint: takes options only, and is given more\nTry sluice lint --help.'],
  [['routes', '--listen', 'x'], '--listen: no option has this name\nTry sluice routes --help.'],
  [
    ['lint', '--jsn'],
    '--jsn: no option has this name (did you mean --json?)\nTry sluice lint --help.',
  ],
  [['explain', 'a', '--alpn'], '--alpn: has no value\nTry sluice explain --help.'],
  [['explain', 'a b'], 'HOST: "a b" is not a name that a client can ask for'],
  [['explain', 'a', '--protocol', 'udp'], '--protocol: "udp" is not tls or http'],
  [['explain', 'a', '--from', 'x'], '--from: "x" is not an IP address'],
  [['explain', 'a', '--from', '::1', '--from', '::2'], '--from: is given more than once'],
  [['routes', '--limit', '0'], '--limit: "0" is not a whole number from 1 up'],
  [
    ['routes', 'a b'],
    'HOST: "a b" is neither a name that a client can ask for nor a pattern of a route',
  ],
  [
    ['routes', '--admin', 'edge'],
    '--admin: "edge" is not off or an address such as 127.0.0.1:8404',
  ],
  [['drain', 'a', 'b', '--timeout', '1s'], '--timeout: is of no use without --wait'],
];

for (const [args, stderr] of BAD) {
  test(`"sluice ${args.join(' ')}" is bad usage, and says why`, async () => {
    const { code, stdout, stderr: said } = await runSluice(args);
    assert.deepEqual({ code, stdout, said }, { code: 2, stdout: '', said: stderr });
  });
}

test('an edge or a Redis that is away is named, and exit 1', async () => {
  const away = ['--redis', 'redis://:hunter2@127.0.0.1:1'];
  for (const [args, stderr] of [
    [
      ['routes', '--admin', '127.0.0.1:1'],
      'no edge answers at 127.0.0.1:1: connection refused; see --admin',
    ],
    [['explain', 'a', '--admin', 'off'], 'the admin listener is off'],
    [['routes', ...away], 'redis://127.0.0.1:1: connection refused'],
    [['lint', ...away], 'redis://127.0.0.1:1: connection refused'],
    [['undrain', 'a.test', '10.0.0.1', ...away], 'redis://127.0.0.1:1: connection refused'],
  ] as const) {
    const { code, stdout, stderr: said } = await runSluice(args);
    if (args.includes('off' as never)) assert.equal(code, 2);
    else
      assert.deepEqual({ code, stdout, said }, { code: 1, stdout: '', said: `sluice: ${stderr}` });
  }
});

test('--help of a tool has its own options and those that apply, and no others', async () => {
  const { code, stdout } = await runSluice(['drain', '--help']);
  assert.equal(code, 0);
  assert.match(stdout, /^sluice drain HOST BACKEND \[--OPTION VALUE\]…$/m);
  for (const name of ['wait', 'timeout', 'force', 'redis', 'redis-prefix', 'admin', 'admin-token'])
    assert.match(stdout, new RegExp(`^  --${name}\\b`, 'm'));
  for (const name of ['listen', 'json', 'balance', 'backend-allow'])
    assert.doesNotMatch(stdout, new RegExp(`^  --${name}\\b`, 'm'));
});

test('what a variable says of a serving edge is no matter for a tool', async () => {
  const env = { SLUICE_REDIS: 'redis://127.0.0.1:1', SLUICE_ADMIN: '127.0.0.1:1' };
  const { stderr } = await runSluice(['routes'], env);
  assert.match(stderr, /^sluice: no edge answers at 127\.0\.0\.1:1/);
});
