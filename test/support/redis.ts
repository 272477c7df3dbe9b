import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A real redis-server of our own, on a free port of 127.0.0.1 and on a unix socket, with its data in
 * a directory that goes with it. `await using` ends it, whatever state it is in.
 */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly socket: string;
  /** What else stands on its command line; a file of one's own may lie in `directory`. */
  readonly args: readonly string[];
  readonly directory: string;
  #process: ChildProcess | null = null;

  constructor(directory: string, port: number, args: readonly string[] = []) {
    this.port = port;
    this.args = args;
    this.directory = directory;
    this.socket = join(directory, 'redis.sock');
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Start it, with what `save` left of its data. Resolves when it accepts connections. */
  async start(): Promise<void> {
    this.#process = await this.#spawn(this.port, this.socket);
  }

  /** Run the real redis-cli; resolves to what it printed, rejects when Redis answers with an error. */
  cli(...args: readonly string[]): Promise<string> {
    return cliAt(this.socket, args);
  }

  /** Run commands in one MULTI. */
  async multi(...commands: readonly (readonly string[])[]): Promise<void> {
    const cli = run('redis-cli', ['-e', '-s', this.socket]);
    const lines = [['MULTI'], ...commands, ['EXEC']].map((command) => `${command.join(' ')}\n`);
    cli.child.stdin!.end(lines.join(''));
    await cli;
  }

  /** End it as a crash would. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Change the data of a Redis that is not running, so that the next `start` has it. */
  async editStopped(...commands: readonly (readonly string[])[]): Promise<void> {
    const socket = join(this.directory, 'hidden.sock');
    const child = await this.#spawn(0, socket);
    const exited = once(child, 'exit');
    try {
      for (const command of commands) await cliAt(socket, command);
      await cliAt(socket, ['SAVE']);
    } finally {
      child.kill('SIGKILL');
      await exited;
    }
  }

  /** Keep the data for the next `start`. */
  save(): Promise<string> {
    return this.cli('SAVE');
  }

  /** Stop it in its tracks: connections stay, nothing answers. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  async #spawn(port: number, socket: string): Promise<ChildProcess> {
    const options = { '--port': String(port), '--unixsocket': socket, '--dir': this.directory };
    const fixed = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const args = [...Object.entries(options).flat(), ...fixed, ...this.args];
    const child = spawn('redis-server', args, {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await untilAccepting(child);
    return child;
  }
}

/** Start a Redis, with these on its command line after our own. */
export async function startRedis(...args: readonly string[]): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-redis-'));
  const redis = new RedisServer(directory, await freePort(), args);
  try {
    await redis.start();
    return redis;
  } catch (error) {
    await redis[Symbol.asyncDispose]();
    throw error;
  }
}

/** Whether there is a redis-server to start: else the reason to skip. */
export async function redisMissing(): Promise<string | false> {
  try {
    await run('redis-server', ['--version']);
    return false;
  } catch {
    return 'there is no redis-server here';
  }
}

async function cliAt(socket: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run('redis-cli', ['-e', '-s', socket, ...args]);
  return stdout.trimEnd();
}

// The last line of its start, in the words of 7.0 or of 7.2: the unix socket comes after the port.
async function untilAccepting(child: ChildProcess): Promise<void> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    lines.push(line);
    if (!/ready to accept connections (?:at|unix)/i.test(line)) continue;
    child.stdout!.resume();
    return;
  }
  throw new Error(`redis-server did not start:\n${lines.join('\n')}`);
}

// Given back before Redis takes it: another process may be faster, and then the start fails loudly.
export async function freePort(): Promise<number> {
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
