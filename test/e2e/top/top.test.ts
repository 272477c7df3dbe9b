import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { askTls } from '../../support/ask.ts';
import { refusingAddress } from '../../support/dead-addresses.ts';
import { clientHello } from '../../support/client-hello.ts';
import { startRawBackend } from '../../support/raw-backend.ts';
import { connectRaw } from '../../support/raw-client.ts';
import { startSluice, type Sluice } from '../../support/sluice.ts';
import {
  startTerminal,
  terminalMissing,
  type Terminal,
  type TerminalOptions,
} from '../../support/terminal.ts';

const SKIP = await terminalMissing();
const CLI = join(import.meta.dirname, '../../../src/cli.js');

inTerminal('top shows hosts, backends, workers and failures, and keys turn to them', async () => {
  await using backend = await startRawBackend();
  await using dead = await refusingAddress();
  await using sluice = await startSluice({
    routes: {
      'app.example.test': { backends: [backend.address] },
      'broken.example.test': { backends: [dead.address] },
    },
  });
  await using client = await connectRaw(sluice.address());
  await client.send(clientHello('app.example.test'));
  await using connection = await backend.accept();
  await connection.read(1);
  await askTls(sluice.address(), 'broken.example.test');

  await using terminal = await startTop(sluice);
  const first = await terminal.waitFor(/^app\.example\.test {2,}1 /m);
  assert.match(first, /^READY {2}sluice \d/m);
  assert.match(first, /^sessions 1 of .* relaying 1 /m);
  await terminal.press('b');
  await terminal.waitFor(new RegExp(`^${backend.address} +healthy +1 `, 'm'));
  await terminal.press('w');
  await terminal.waitFor(/^ +0 running +1 /m);
  await terminal.press('Tab');
  await terminal.waitFor(/ broken\.example\S* +connect-failed .* refused/);
  await terminal.press('Tab');
  await terminal.waitFor(/^\[Hosts \d\]/m);
});

inTerminal('rows are sorted and filtered by keys, and the help tells of them', async () => {
  await using backend = await startRawBackend();
  await using sluice = await startSluice({
    routes: {
      'one.example.test': { backends: [backend.address] },
      'two.example.test': { backends: [backend.address] },
    },
  });
  await using one = await connectRaw(sluice.address());
  await using two = await connectRaw(sluice.address());
  await one.send(clientHello('one.example.test'));
  await two.send(clientHello('two.example.test'));

  await using terminal = await startTop(sluice);
  await terminal.waitFor(/Hosts 2/);
  await terminal.press('H');
  await terminal.waitFor(/^HOST\^.*\none.*\ntwo/m);
  await terminal.press('r');
  await terminal.waitFor(/^HOSTv.*\ntwo.*\none/m);
  await terminal.press('>');
  await terminal.waitFor(/ACTIVEv/);
  await terminal.press('/', 'W', 'O', '.');
  const typing = await terminal.waitFor(/^\/WO\._/m);
  assert.match(typing, /1 with "WO\."/);
  assert.match(typing, /^two\./m);
  assert.doesNotMatch(typing, /^one\./m);
  await terminal.press('Enter');
  await terminal.waitFor(/^h b w f tables/m);
  await terminal.press('Escape');
  await terminal.waitFor(/^one\./m);
  await terminal.press('?');
  await terminal.waitFor(/^A-Z +sort by a column/m);
  await terminal.press('x');
  await terminal.waitFor(/^one\./m);
});

inTerminal('top fits whatever the terminal is resized to', async () => {
  await using sluice = await startSluice();
  await using terminal = await startTop(sluice);
  await terminal.waitFor(/^h b w f tables .* q quit$/m);
  await terminal.resize(40, 20);
  const narrow = await terminal.waitFor(/^\? help {2}q quit/m);
  assert.ok(narrow.split('\n').every((line) => line.length <= 40));
  assert.equal(narrow.split('\n').length, 20);
  await terminal.resize(120, 50);
  const wide = await terminal.waitFor(/^h b w f tables .* q quit$/m);
  assert.equal(wide.split('\n').length, 50);
  assert.equal(wide.split('\n')[0]!.length, 120);
});

inTerminal(
  'an edge that goes away is said to be gone, and shown again when it is back',
  async () => {
    const sluice = await startSluice({ args: ['--edge-name=first'] });
    const admin = new URL(sluice.adminUrl).host;
    try {
      await using terminal = await startTop(sluice);
      await terminal.waitFor(/^sluice first /m);
      await sluice.stop('SIGKILL');
      const gone = await terminal.waitFor(/^THE EDGE IS GONE for 00:00:\d\d: .*; trying again$/m);
      assert.match(gone, /^sluice first /m);
      await using again = await startSluice({ args: [`--admin=${admin}`, '--edge-name=again'] });
      await terminal.waitFor(/^sluice again /m);
      assert.doesNotMatch(await terminal.screen(), /GONE/);
      again.signal('SIGSTOP');
      await terminal.waitFor(/^THE EDGE IS SILENT for 00:00:0\d$/m);
      again.signal('SIGCONT');
      await terminal.waitFor(/^sluice again /m);
    } finally {
      await sluice[Symbol.asyncDispose]();
    }
  },
);

const ENDS: readonly (readonly [string, (terminal: Terminal) => Promise<void>, number])[] = [
  ['q', (terminal) => terminal.press('q'), 0],
  ['Ctrl-C', (terminal) => terminal.press('C-c'), 0],
  ['SIGTERM', (terminal) => terminal.signal('SIGTERM'), 143],
  ['SIGHUP', (terminal) => terminal.signal('SIGHUP'), 129],
  ['a crash', (terminal) => terminal.signal('SIGUSR2'), 1],
];
// Throws where nobody catches it.
const BUG = "process.on('SIGUSR2', () => { throw new Error('a bug of ours'); })";

for (const [how, end, code] of ENDS) {
  inTerminal(`the terminal is as it was after ${how}`, async () => {
    await using sluice = await startSluice();
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(BUG)}` };
    await using terminal = await startTop(sluice, { env });
    await terminal.waitFor(/^READY /m);
    assert.deepEqual(await terminal.state(), {
      isAlternate: true,
      hasCursor: false,
      wraps: false,
    });
    await end(terminal);
    const screen = await terminal.waitFor(/^ended \d+$/m);
    assert.match(screen, new RegExp(`^ended ${code}$`, 'm'));
    assert.match(await terminal.waitFor(/ echo /), / icanon /);
    assert.deepEqual(await terminal.state(), { isAlternate: false, hasCursor: true, wraps: true });
    assert.doesNotMatch(screen, /^READY /m);
    if (how === 'a crash') assert.match(screen, /a bug of ours/);
  });
}

inTerminal('Ctrl-Z gives the terminal back for a while, and fg takes it again', async () => {
  await using sluice = await startSluice();
  await using terminal = await startTerminal(['bash', '--norc', '-i']);
  const command = `${process.execPath} ${CLI} top --admin=${new URL(sluice.adminUrl).host}`;
  await terminal.tmux('send-keys', '-l', command);
  await terminal.press('Enter');
  await terminal.waitFor(/^READY /m);
  await terminal.press('C-z');
  await terminal.waitFor(/Stopped/);
  assert.deepEqual(await terminal.state(), { isAlternate: false, hasCursor: true, wraps: true });
  await terminal.press('f', 'g', 'Enter');
  await terminal.waitFor(/^READY /m);
  await terminal.press('q');
  await terminal.waitFor(/Stopped/);
});

inTerminal('NO_COLOR is respected', async () => {
  await using sluice = await startSluice();
  for (const [env, isGreen] of [
    [{}, true],
    [{ NO_COLOR: '1' }, false],
  ] as const) {
    await using terminal = await startTop(sluice, { env });
    await terminal.waitFor(/^READY /m);
    const painted = await terminal.tmux('capture-pane', '-p', '-e');
    assert.equal(painted.includes('\u001b[32mREADY'), isGreen);
  }
});

inTerminal('an edge that was never there is an error in words, and no screen', async () => {
  await using dead = await refusingAddress();
  await using terminal = await startTerminal([
    process.execPath,
    CLI,
    'top',
    `--admin=${dead.address}`,
  ]);
  const screen = await terminal.waitFor(/^ended 1$/m);
  assert.match(
    screen.replaceAll('\n', ''),
    new RegExp(`sluice: no edge answers at ${dead.address}: connection refused; see --admin`),
  );
});

function inTerminal(title: string, run: () => Promise<void>): void {
  test(title, { skip: SKIP }, run);
}

function startTop(sluice: Sluice, options: TerminalOptions = {}): Promise<Terminal> {
  const admin = new URL(sluice.adminUrl).host;
  return startTerminal([process.execPath, CLI, 'top', `--admin=${admin}`], options);
}
