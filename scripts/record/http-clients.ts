import { CHROMIUM, FIREFOX } from './browsers.ts';
import type { Client, HttpSays } from './client.ts';

const NAME = 'app.example.test';
const VIA = ['--connect-to', '::127.0.0.1:PORT'];
const named: HttpSays = { host: NAME };

/** One row per recording in `fixtures/http`. */
export const HTTP_CLIENTS: readonly Client<HttpSays>[] = [
  curl('curl', [...VIA, `http://${NAME}/path?query=1`], named),
  curl('curl-port-in-host', ['--resolve', `${NAME}:PORT:127.0.0.1`, `http://${NAME}:PORT/`], named),
  curl('curl-capitals', [...VIA, '-H', 'Host: App.Example.TEST', `http://${NAME}/`], named),
  curl('curl-http10-no-host', [...VIA, '--http1.0', '-H', 'Host:', `http://${NAME}/`], {
    host: null,
  }),
  curl('curl-absolute-form', ['--proxy', 'http://127.0.0.1:PORT', `http://${NAME}/`], named),
  curl('curl-post', [...VIA, '-d', 'key=value', `http://${NAME}/form`], named),
  curl('curl-h2c-upgrade', [...VIA, '--http2', `http://${NAME}/`], named),
  {
    name: 'wget',
    about: ['wget', '--version'],
    command: ['wget', '-q', '--tries=1', 'http://localhost:PORT/'],
    says: { host: 'localhost' },
  },
  {
    name: 'ab-http10',
    about: ['ab', '-V'],
    command: ['ab', '-n', '1', '-H', `Host: ${NAME}`, 'http://127.0.0.1:PORT/'],
    says: named,
  },
  {
    name: 'python',
    about: ['/usr/bin/python3', '--version'],
    command: ['/usr/bin/python3', 'scripts/record/https-get.py', NAME, 'PORT', 'http'],
    says: named,
  },
  {
    name: 'go',
    about: ['go', 'version'],
    command: ['go', 'run', 'scripts/record/https-get.go', NAME, 'PORT', 'http'],
    says: named,
  },
  {
    name: 'node',
    about: ['node', '-p', '`Node ${process.version}`'],
    command: [
      'node',
      '-e',
      `http.get({ port: PORT, host: '127.0.0.1', headers: { Host: '${NAME}' } })`,
    ],
    says: named,
  },
  {
    name: 'node-fetch',
    about: ['node', '-p', '`Node ${process.version} undici ${process.versions.undici}`'],
    command: ['node', '-e', "fetch('http://localhost:PORT/')"],
    says: { host: 'localhost' },
  },
  {
    name: 'chromium',
    about: ['chromium', '--version'],
    command: [...CHROMIUM, `http://${NAME}:PORT/`],
    says: named,
  },
  {
    name: 'firefox',
    about: ['firefox-esr', '--version'],
    ...FIREFOX,
    command: [...FIREFOX.command, `http://${NAME}:PORT/`],
    says: named,
  },
];

function curl(name: string, args: string[], says: HttpSays): Client<HttpSays> {
  return { name, about: ['curl', '--version'], command: ['curl', '-s', ...args], says };
}
