import { CHROMIUM, FIREFOX } from './browsers.ts';
import type { Client, TlsSays } from './client.ts';
import { words } from './client.ts';

const NAME = 'app.example.test';
const TLS_1_2 = 0x0303;
const BOTH = ['h2', 'http/1.1'];

const usual: TlsSays = {
  serverName: NAME,
  alpn: [],
  version: 0x0304,
  ech: false,
  earlyData: false,
};

// Names of 200 bytes: few of them fill a hello of 12 KB, or of 20 KB, which no single record can hold.
const longProtocols = (count: number) =>
  Array.from({ length: count }, (_, index) => `protocol-${index}-`.padEnd(200, 'x'));

/** One row per recording in `fixtures/hello`. */
export const TLS_CLIENTS: readonly Client<TlsSays>[] = [
  openssl('openssl', ['-servername', NAME], {}),
  openssl('openssl-no-name', ['-noservername'], { serverName: null }),
  openssl('openssl-tls12', ['-servername', NAME, '-tls1_2'], { version: TLS_1_2 }),
  openssl('openssl-tls10', ['-servername', NAME, '-tls1', '-cipher', 'DEFAULT:@SECLEVEL=0'], {
    version: 0x0301,
  }),
  openssl('openssl-capitals-and-dot', ['-servername', 'App.Example.TEST.'], {}),
  openssl('openssl-alpn', ['-servername', NAME, '-alpn', BOTH.join()], { alpn: BOTH }),
  openssl(
    'openssl-split-records',
    ['-servername', NAME, '-max_send_frag', '512', '-alpn', longProtocols(7).join()],
    { alpn: longProtocols(7) },
  ),
  openssl('openssl-12k', ['-servername', NAME, '-alpn', longProtocols(60).join()], {
    alpn: longProtocols(60),
  }),
  openssl('openssl-20k', ['-servername', NAME, '-alpn', longProtocols(98).join()], {
    alpn: longProtocols(98),
  }),
  {
    ...openssl('openssl-early-data', [], { earlyData: true }),
    prepare: resumableSession(),
    command: words(
      `openssl s_client -connect 127.0.0.1:PORT -servername ${NAME}`,
      '-sess_in FOLDER/session -early_data FOLDER/request',
    ),
  },
  curl('curl', [], { alpn: BOTH }),
  curl('curl-http1', ['--http1.1'], { alpn: ['http/1.1'] }),
  curl('curl-tls12', ['--tls-max', '1.2'], { alpn: BOTH, version: TLS_1_2 }),
  {
    ...curl('curl-address', [], { serverName: null, alpn: BOTH }),
    command: ['curl', '-sk', 'https://127.0.0.1:PORT/'],
  },
  {
    name: 'git',
    about: ['git', '--version'],
    command: words(
      `git -c http.curloptResolve=${NAME}:PORT:127.0.0.1`,
      `ls-remote https://${NAME}:PORT/repository`,
    ),
    says: { ...usual, alpn: BOTH },
  },
  {
    name: 'wget',
    about: ['wget', '--version'],
    command: ['wget', '-q', '--tries=1', 'https://localhost:PORT/'],
    says: { ...usual, serverName: 'localhost' },
  },
  {
    name: 'gnutls',
    about: ['gnutls-cli', '--version'],
    command: ['gnutls-cli', '--insecure', `--sni-hostname=${NAME}`, '-p', 'PORT', '127.0.0.1'],
    says: usual,
  },
  {
    name: 'python',
    about: [
      '/usr/bin/python3',
      '-c',
      'import sys, ssl; print("Python", sys.version.split()[0], ssl.OPENSSL_VERSION)',
    ],
    command: ['/usr/bin/python3', 'scripts/record/https-get.py', NAME, 'PORT'],
    says: { ...usual, alpn: ['http/1.1'] },
  },
  {
    name: 'go',
    about: ['go', 'version'],
    command: ['go', 'run', 'scripts/record/https-get.go', NAME, 'PORT'],
    says: { ...usual, alpn: BOTH },
  },
  java('java', '', { alpn: [] }),
  java('java-sslv2-hello', 'SSLv2Hello,TLSv1.2', { serverName: null, version: TLS_1_2 }),
  {
    name: 'nmap-sslv2',
    about: ['nmap', '--version'],
    command: ['nmap', '-Pn', '-sT', '-p', 'PORT', '--script', '+sslv2', '127.0.0.1'],
    says: { ...usual, serverName: null, version: 0x0002 },
  },
  node('20'),
  node('24'),
  {
    name: 'chromium',
    about: ['chromium', '--version'],
    command: [...CHROMIUM, `https://${NAME}:PORT/`],
    says: { ...usual, alpn: BOTH, ech: true },
  },
  {
    name: 'firefox',
    about: ['firefox-esr', '--version'],
    ...FIREFOX,
    command: [...FIREFOX.command, `https://${NAME}:PORT/`],
    says: { ...usual, alpn: BOTH, ech: true },
  },
];

function openssl(name: string, args: string[], says: Partial<TlsSays>): Client<TlsSays> {
  const command = ['openssl', 's_client', '-connect', '127.0.0.1:PORT', ...args];
  return { name, about: ['openssl', 'version'], command, says: { ...usual, ...says } };
}

function curl(name: string, args: string[], says: Partial<TlsSays>): Client<TlsSays> {
  const to = ['--connect-to', '::127.0.0.1:PORT', `https://${NAME}/`];
  const command = ['curl', '-sk', ...args, ...to];
  return { name, about: ['curl', '--version'], command, says: { ...usual, ...says } };
}

function java(name: string, protocols: string, says: Partial<TlsSays>): Client<TlsSays> {
  const command = ['java', 'scripts/record/Handshake.java', NAME, 'PORT', protocols];
  return { name, about: ['java', '--version'], command, says: { ...usual, ...says } };
}

function node(major: string): Client<TlsSays> {
  const npx = ['npx', '-y', '-p', `node@${major}`, 'node'];
  return {
    name: `node-${major}`,
    about: [...npx, '-p', '`Node ${process.version} OpenSSL ${process.versions.openssl}`'],
    command: [...npx, 'scripts/record/handshake.mjs', NAME, 'PORT'],
    says: { ...usual, alpn: BOTH },
  };
}

// A first connection to a real openssl leaves a ticket that allows 0-RTT.
function resumableSession(): string {
  return `
    set -eu
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 1 \\
      -subj /CN=${NAME} -keyout key.pem -out cert.pem 2>/dev/null
    mkfifo said keys
    # Held open: openssl ends its side when its input does.
    exec 4<>keys
    openssl s_server -accept 127.0.0.1:0 -cert cert.pem -key key.pem -early_data -naccept 1 \\
      <keys >said 2>/dev/null &
    exec 3<said
    until read -r word address <&3 && [ "$word" = ACCEPT ]; do :; done
    cat <&3 >/dev/null &
    (until [ -s session ]; do sleep 0.1; done; echo Q) | openssl s_client -connect "$address" -servername ${NAME} \\
      -sess_out session >/dev/null 2>&1
    printf 'GET / HTTP/1.1\\r\\nHost: ${NAME}\\r\\n\\r\\n' >request
  `;
}
