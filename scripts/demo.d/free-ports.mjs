import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * free-ports PORT…: prints as many free ports on 127.0.0.1, on one line. A port that is taken is replaced
 * by a random one, and so is 0.
 *
 * Random ones are below the range that the system hands out by itself: nobody gets them by chance
 * between our look and their use.
 */
const [LOWEST, HIGHEST] = [20_000, 30_000];

const taken = [];
for (const preferred of process.argv.slice(2).map(Number)) {
  let port = preferred || random();
  while (!(await take(port))) port = random();
}
console.log(taken.map((server) => server.address().port).join(' '));
for (const server of taken) server.close();

async function take(port) {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  taken.push(server);
  return true;
}

function random() {
  return LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
}
