import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeFolder } from '../support/folder.ts';
import { listen } from '../support/listening.ts';
import { Program } from '../support/program.ts';
import { runSluice } from '../support/sluice.ts';
import { within } from '../support/wait.ts';

// A start that fails is one line for an operator. That `runSluice` returns says that nothing is left
// running: whatever was would hold what the line was printed to.

const CLI = join(import.meta.dirname, '../../src/cli.js');
const NOBODY = '65534';
const PRIVILEGED = 443;

const folder = await makeFolder();
const { server, address: taken, port } = await listen();
after(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const ROUTES = ['--routes', folder.file('routes.json')];
const FREE = ['--listen', 'http://127.0.0.1:0'];
const QUIET = ['--admin', 'off', ...ROUTES];

test('an address in use is named', async () => {
  await assertFails([...FREE, '--listen', `tls://${taken}`, ...QUIET], {
    code: 1,
    line: `sluice: cannot listen on tls://${taken}: the address is in use (EADDRINUSE)`,
  });
});

test('an address in use is named when it is that of the admin listener', async () => {
  await assertFails([...FREE, '--admin', taken, ...ROUTES], {
    code: 1,
    line: `sluice: cannot open the admin listener on ${taken}: the address is in use (EADDRINUSE)`,
  });
});

test('an address of another machine is named', async () => {
  await assertFails(['--listen', `tls://192.0.2.1:${port}`, ...QUIET], {
    code: 1,
    line: `sluice: cannot listen on tls://192.0.2.1:${port}: the address is not of this machine (EADDRNOTAVAIL)`,
  });
});

test(
  'a port that takes a permission is named, and how to get it',
  { skip: allPortsOpen() },
  async () => {
    const serve = ['serve', '--listen', `tls://127.0.0.1:${PRIVILEGED}`, ...QUIET];
    const command = [...asNobody(), process.execPath, CLI, ...serve];
    await using program = new Program(command, { cwd: '/' });
    const { code } = await within(program.ended, () => program.stderr.text);
    const advice =
      'a port below 1024 needs CAP_NET_BIND_SERVICE or net.ipv4.ip_unprivileged_port_start';
    assert.deepEqual(
      { code, stdout: program.stdout.text, stderr: program.stderr.text },
      {
        code: 1,
        stdout: '',
        stderr: `sluice: cannot listen on tls://127.0.0.1:${PRIVILEGED}: no permission; ${advice} (EACCES)`,
      },
    );
  },
);

test('an access log that cannot be written is named', async () => {
  const file = folder.file('missing/access.log');
  await assertFails([...FREE, ...QUIET, '--access-log', file], {
    code: 1,
    line: `sluice: cannot open the access log: ENOENT: no such file or directory, open '${file}'`,
  });
});

test('a bad Redis address is refused without showing its password', async () => {
  const { code, stdout, stderr } = await runSluice([
    'serve',
    '--redis',
    'redis://:hunter2@h:99999',
  ]);
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /^--redis: what is given is not a Redis address such as [^\n]+$/);
  assert.doesNotMatch(stderr, /hunter2/);
});

test('a flag that does not exist is refused', async () => {
  const { code, stdout, stderr } = await runSluice(['serve', '--access-logs', 'off']);
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(
    stderr,
    /^--access-logs: no option has this name \(did you mean --access-log\?\)\nTry [^\n]+$/,
  );
});

async function assertFails(
  args: readonly string[],
  { code, line }: { readonly code: number; readonly line: string },
): Promise<void> {
  const { stdout, stderr, ...end } = await runSluice(['serve', ...args]);
  assert.deepEqual({ ...end, stdout, stderr }, { code, signal: null, stdout: '', stderr: line });
}

/** The reason to skip where every port is open to everybody. */
function allPortsOpen(): string | false {
  const file = '/proc/sys/net/ipv4/ip_unprivileged_port_start';
  const start = Number(readFileSync(file, 'utf8'));
  return start <= PRIVILEGED ? `any user may listen on port ${PRIVILEGED} here` : false;
}

/** Run what follows as a user without permissions; whoever is none already needs nothing for it. */
function asNobody(): string[] {
  return process.getuid?.() === 0
    ? ['setpriv', '--reuid', NOBODY, '--regid', NOBODY, '--clear-groups']
    : [];
}
