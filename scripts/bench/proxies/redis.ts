import { once } from 'node:events';
import type { Names } from '../load/hellos.ts';
import { makeFolder } from '../../../test/support/folder.ts';
import { Program, startProgram } from '../../../test/support/program.ts';

export interface Redis extends AsyncDisposable {
  readonly url: string;
}

/** A real Redis on a socket in a folder of its own, with a route to `backend` for each name. */
export async function startRedis(names: Names, backend: string): Promise<Redis> {
  const folder = await makeFolder();
  const socket = folder.file('redis.sock');
  const options = ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', folder.path];
  try {
    const program = await startProgram(['redis-server', ...options], ({ stdout }) =>
      stdout.match(/ready to accept connections/i),
    );
    const dispose = async () => {
      await program[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    };
    await fill(socket, names, backend);
    return { url: `unix:${socket}`, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

async function fill(socket: string, names: Names, backend: string): Promise<void> {
  await using cli = new Program(['redis-cli', '-s', socket, '--pipe']);
  const stdin = cli.child.stdin!;
  for (const name of names.all()) {
    if (!stdin.write(`SADD hostnames:${name}:backends ${backend}\n`)) await once(stdin, 'drain');
  }
  stdin.end();
  await cli.stdout.match(new RegExp(`errors: 0, replies: ${names.count}`));
}
