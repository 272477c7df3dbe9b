import { readFile, writeFile } from 'node:fs/promises';
import type { Certificate } from './certs.ts';
import { makeFolder, type Folder } from './folder.ts';
import { listen } from './listening.ts';
import { startProgram, type Program } from './program.ts';

export interface NginxOptions {
  /** What its answers call it. */
  readonly name: string;
  /** Speaks TLS, and HTTP/2 to those who ask, when there is one. */
  readonly certificate?: Certificate;
  /** A PROXY header is required of every connection. */
  readonly proxyProtocol?: boolean;
  /** An address of this machine. */
  readonly host?: string;
  /** Only to come back on a port that was ours. */
  readonly port?: number;
  /** What its log says of each request: see `logged`. */
  readonly logFormat?: string;
  /** Listen on a unix socket instead. */
  readonly unix?: boolean;
}

/** What it answers beside its name; the names on the left are the keys of `Echo`. */
const ECHOED = {
  host: '$http_host',
  uri: '$request_uri',
  protocol: '$server_protocol',
  client: '$remote_addr:$remote_port',
  server_name: '$ssl_server_name',
  alpn: '$ssl_alpn_protocol',
};
const ECHOED_PROXY = {
  proxy: '$proxy_protocol_addr:$proxy_protocol_port',
  proxy_to: '$proxy_protocol_server_addr:$proxy_protocol_server_port',
};

const LOG = 'requests.log';

/** A real nginx that answers every request with what it knows. */
export class Nginx implements AsyncDisposable {
  readonly name: string;
  /** As a route names it: `127.0.0.1:41234`, or `unix:/path`. */
  readonly address: string;
  /** 0 on a unix socket. */
  readonly port: number;
  readonly program: Program;
  readonly #folder: Folder;

  constructor(name: string, at: { address: string; port: number }, run: [Program, Folder]) {
    this.name = name;
    this.address = at.address;
    this.port = at.port;
    [this.program, this.#folder] = run;
  }

  /** The lines of its log so far, where it has a `logFormat`. */
  async logged(): Promise<string[]> {
    const text = await readFile(this.#folder.file(LOG), 'utf8');
    return text.split('\n').slice(0, -1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** Start an nginx. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const folder = await makeFolder();
  try {
    const { server, ...at } = options.unix
      ? { server: null, address: `unix:${folder.file('socket')}`, port: 0 }
      : await listen(options);
    const config = folder.file('nginx.conf');
    await writeFile(config, configuration(options, at.address));
    // nginx takes sockets it would have to bind from the descriptors that this variable lists.
    const inherited = server && { listening: server, env: { ...process.env, NGINX: '3;' } };
    // Killed, it would leave its worker behind.
    const endBy = 'SIGTERM';
    const program = await startProgram(
      ['nginx', '-p', folder.path, '-c', config, '-e', 'stderr'],
      ({ stderr }) => stderr.match(/start worker process \d/),
      { ...inherited, endBy },
    );
    return new Nginx(options.name, at, [program, folder]);
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

function configuration(options: NginxOptions, address: string): string {
  const { name, certificate, proxyProtocol = false, logFormat } = options;
  const listening = [address, certificate && 'ssl http2', proxyProtocol && 'proxy_protocol'];
  const echoed = { backend: name, ...ECHOED, ...(proxyProtocol && ECHOED_PROXY) };
  const answer = Object.entries(echoed).map(([key, value]) => `${key}=${value}\\n`);
  return `
    daemon off;
    worker_processes 1;
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    error_log stderr notice;
    pid nginx.pid;
    events { worker_connections 1000; }
    http {
      ${logging(logFormat)}
      default_type text/plain;
      ${temporaryFolders()}
      server {
        listen ${listening.filter(Boolean).join(' ')};
        ${certificate ? `ssl_certificate ${certificate.cert};` : ''}
        ${certificate ? 'ssl_protocols TLSv1.2 TLSv1.3;' : ''}
        ${certificate ? `ssl_certificate_key ${certificate.key};` : ''}
        location / { return 200 "${answer.join('')}"; }
      }
    }
  `;
}

function logging(format: string | undefined): string {
  if (format === undefined) return 'access_log off;';
  return `log_format asked '${format}'; access_log ${LOG} asked;`;
}

// The ones it was built with belong to Debian's nginx, and to root.
function temporaryFolders(): string {
  return ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${kind};`)
    .join(' ');
}
