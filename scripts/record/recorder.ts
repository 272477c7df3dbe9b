import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from './client.ts';
import { fillIn } from './client.ts';

// A client that has said all it can before it is answered falls silent.
const QUIET_MS = 300;
// The slowest, a browser's first start on a busy machine, takes some 20 seconds.
const DEADLINE_MS = 90_000;

/**
 * Start the client against a port of our own and give back everything it sent before it fell silent.
 * Connections that send nothing, or whose first bytes `accepts` refuses, are passed over.
 */
export async function record(
  client: Client<unknown>,
  accepts: (bytes: Buffer) => boolean,
): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-record-'));
  const server = createServer();
  try {
    if (client.prepare !== undefined)
      execFileSync('sh', ['-c', client.prepare], { cwd: folder, timeout: DEADLINE_MS });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return await runAgainst(server, fillIn(client.command, port, folder), accepts);
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function runAgainst(
  server: Server,
  command: readonly string[],
  accepts: (bytes: Buffer) => boolean,
): Promise<Buffer> {
  // Its own process group: browsers and npx start others.
  const program = spawn(command[0]!, command.slice(1), { detached: true, stdio: 'pipe' });
  program.stdin.end();
  try {
    return await firstHead(server, program, accepts);
  } finally {
    killGroup(program);
  }
}

function firstHead(
  server: Server,
  program: ChildProcess,
  accepts: (bytes: Buffer) => boolean,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let output = '';
    const note = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-2000));
    program.stdout?.on('data', note);
    program.stderr?.on('data', note);
    program.once('error', reject);
    const deadline = setTimeout(() => reject(new Error(`it sent nothing; ${output}`)), DEADLINE_MS);
    server.on('connection', (socket) => {
      const chunks: Buffer[] = [];
      const settle = () => {
        socket.destroy();
        const bytes = Buffer.concat(chunks);
        if (!accepts(bytes)) return;
        clearTimeout(deadline);
        resolve(bytes);
      };
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        chunks.push(chunk);
        socket.setTimeout(QUIET_MS, settle);
      });
    });
  });
}

function killGroup(program: ChildProcess): void {
  if (program.pid === undefined) return;
  try {
    process.kill(-program.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
