import { connect } from 'node:net';
import { clientHello } from '../../../test/support/client-hello.ts';

/** Hellos for names that nobody has, as fast as they are answered. Run as a program: PORT SECONDS. */

const AT_ONCE = 64;
const [port, seconds] = process.argv.slice(2).map(Number);
const until = performance.now() + seconds! * 1000;
let sent = 0;
let refused = 0;

await Promise.all(Array.from({ length: AT_ONCE }, flood));
process.stdout.write(JSON.stringify({ sent, refused }));

async function flood(): Promise<void> {
  while (performance.now() < until) {
    sent++;
    if ((await ask(`${Math.random().toString(36).slice(2)}.flood.test`)) === 112) refused++;
  }
}

function ask(name: string): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(port!, '127.0.0.1');
    let alert = 0;
    socket.on('connect', () => socket.write(clientHello(name)));
    socket.on('data', (bytes) => {
      alert = bytes[6] ?? 0;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(alert));
  });
}
