import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';

const LINES_AT_ONCE = 1000;

/** Give Redis so many routes, `name(0)` and on, with one backend each, by the real redis-cli. */
export async function fillRedis(
  socket: string,
  count: number,
  route: (i: number) => readonly [key: string, member: string],
): Promise<void> {
  const child = spawn('redis-cli', ['-s', socket, '--pipe'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const exited = once(child, 'exit');
  await pipeline(Readable.from(commands(count, route)), child.stdin);
  const [code] = await exited;
  if (code !== 0) throw new Error(`redis-cli --pipe ended with ${code}`);
}

function* commands(
  count: number,
  route: (i: number) => readonly [key: string, member: string],
): Generator<string, void> {
  for (let from = 0; from < count; from += LINES_AT_ONCE) {
    let lines = '';
    for (let i = from; i < Math.min(count, from + LINES_AT_ONCE); i++) {
      const [key, member] = route(i);
      lines += `*3\r\n$4\r\nSADD\r\n$${key.length}\r\n${key}\r\n$${member.length}\r\n${member}\r\n`;
    }
    yield lines;
  }
}
