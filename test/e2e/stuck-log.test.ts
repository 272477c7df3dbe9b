import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, createReadStream, openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder, type Folder } from '../support/folder.ts';
import { openSession, startGreeter } from '../support/greeter.ts';
import { Lines } from '../support/lines.ts';
import { readMetrics, sumOf } from '../support/metrics.ts';
import { Program } from '../support/program.ts';
import { eventually } from '../support/wait.ts';

const CLI = join(import.meta.dirname, '../../src/cli.js');
const ENGINE = `--engine=${process.env['TEST_ENGINE'] ?? 'auto'}`;
const DROPPED = 'sluice_log_lines_dropped_total';
// A line of a dump for each.
const SESSIONS = 100;

test('standard output and error in one pipe that nobody reads hold up neither look-ups nor the admin listener', async () => {
  await using folder = await makeFolder();
  await using backend = await startGreeter();
  const edge = await startInPipe(folder, backend.address);
  await using program = edge.program;
  const { address, lines } = edge;

  edge.stopReading();
  const { dropped, clients } = await fill(edge);
  assert.equal(await edge.ask('/livez'), 'alive\n');
  clients.push(await openSession(address, 'not-asked-before.example.test'));
  for (const client of clients) client.reset();

  edge.readOn();
  const { lost } = await lines.find((line) => told(line, 'log lines were lost'), 'what was lost');
  assert.ok(Number(lost) >= dropped);
  const seen = lines.seen.length;
  program.signal('SIGHUP');
  await lines.match(/SIGHUP: nothing to reload/, seen);
  program.signal('SIGTERM');
  assert.deepEqual(await program.ended, { code: 0, signal: null });
});

test('a pipe that nobody reads does not keep the edge from ending', async () => {
  await using folder = await makeFolder();
  await using backend = await startGreeter();
  const edge = await startInPipe(folder, backend.address);
  await using program = edge.program;
  edge.stopReading();
  const { clients } = await fill(edge);
  for (const client of clients) client.reset();
  program.signal('SIGTERM');
  await eventually(() => !program.isRunning);
  assert.equal(program.child.exitCode, 0);
  edge.readOn();
});

/** Have the edge log until it loses lines, by sessions that are still open. */
async function fill({ program, address, ask }: Awaited<ReturnType<typeof startInPipe>>) {
  const open = () => openSession(address, 'first.example.test');
  const clients = await Promise.all(Array.from({ length: SESSIONS }, open));
  const dropped = await eventually(async () => {
    program.signal('SIGHUP');
    program.signal('SIGQUIT');
    return sumOf(readMetrics(await ask('/metrics')), DROPPED);
  });
  return { dropped, clients };
}

/** `sluice serve > pipe 2>&1`, listening, and what it prints as long as somebody reads. */
async function startInPipe(folder: Folder, backend: string) {
  const routes = folder.file('routes.json');
  await writeFile(routes, JSON.stringify({ '*.example.test': { backends: [backend] } }));
  const pipe = folder.file('pipe');
  execFileSync('mkfifo', [pipe]);
  // As a shell does, so that it is one description; and one that blocks.
  const writing = openSync(pipe, constants.O_RDWR);
  const output = createReadStream(pipe, { highWaterMark: 1024 });
  const lines = new Lines(output);
  const serve = [process.execPath, CLI, 'serve', '--workers=1', ENGINE, '--admin=127.0.0.1:0'];
  const listen = ['--listen=tls://127.0.0.1:0', '--backend-allow=127.0.0.0/8'];
  const rest = ['--access-log=stdout', '--routes', routes];
  const shell = ['sh', '-c', 'exec "$@" >"$0" 2>&1', pipe];
  const program = new Program([...shell, ...serve, ...listen, ...rest]);
  closeSync(writing);
  const admin = await lines.find((line) => told(line, 'admin listening'), 'the admin address');
  const { address } = await lines.find((line) => told(line, 'listening'), 'where it listens');
  return {
    program,
    lines,
    address: String(address),
    ask: async (path: string) => (await fetch(`http://${String(admin['address'])}${path}`)).text(),
    stopReading: () => void output.pause(),
    readOn: () => void output.resume(),
  };
}

// Lines of both logs are in there, and those of one may cut one of the other.
function told(line: string, message: string): Record<string, unknown> | undefined {
  const at = line.lastIndexOf('{"level":');
  if (at === -1 || !line.includes(`"msg":"${message}"`)) return undefined;
  return JSON.parse(line.slice(at)) as Record<string, unknown>;
}
