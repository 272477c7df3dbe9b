import { writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { once } from 'node:events';
import { makeFolder, type Folder } from '../../../test/support/folder.ts';
import { listen } from '../../../test/support/listening.ts';
import { Program, startProgram } from '../../../test/support/program.ts';
import { eventually } from '../../../test/support/wait.ts';
import { BUFFER_BYTES, type Proxy, type Setting } from './proxy.ts';

/** What a peer's configuration is made from. */
interface Plan {
  readonly setting: Setting;
  readonly folder: Folder;
  readonly port: number;
  readonly isRoot: boolean;
}

const haproxyConfiguration = ({ setting, folder, port }: Plan) => `
global
  nbthread ${setting.workers}
  maxconn ${setting.sessions + 100}
  tune.bufsize ${BUFFER_BYTES}
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  option splice-auto
frontend clients
  bind 127.0.0.1:${port} backlog 4096
  tcp-request inspect-delay 5s
  tcp-request content accept if { req.ssl_hello_type 1 }
  use_backend %[req.ssl_sni,lower,map(${folder.file('names')},none)]
backend app
  server app 127.0.0.1:${setting.backendPort}
`;

const nginxConfiguration = ({ setting, folder, port, isRoot }: Plan) => `
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
${isRoot ? 'user root;' : ''}
daemon off;
worker_processes ${setting.workers};
pid ${folder.file('pid')};
error_log stderr error;
events { worker_connections ${2 * setting.sessions + 100}; }
stream {
  map_hash_max_size 1048576;
  map_hash_bucket_size 128;
  map $ssl_preread_server_name $app { include ${folder.file('names')}; }
  proxy_timeout 1h;
  proxy_buffer_size ${BUFFER_BYTES};
  server {
    listen 127.0.0.1:${port} backlog=4096;
    ssl_preread on;
    proxy_pass $app;
  }
}
`;

const sniproxyConfiguration = ({ setting, folder, port, isRoot }: Plan) => `
${isRoot ? 'user root' : ''}
pidfile ${folder.file('pid')}
error_log {
  filename ${folder.file('error.log')}
  priority error
}
listener 127.0.0.1:${port} {
  proto tls
  table names
}
table names {
  ${setting.names.at(0).replaceAll('.', String.raw`\.`)} 127.0.0.1:${setting.backendPort}
}
`;

export const HAPROXY: Proxy = peer({
  name: 'haproxy',
  configuration: haproxyConfiguration,
  nameLine: (name) => `${name} app`,
  command: (file) => ['haproxy', '-db', '-f', file],
});

export const NGINX: Proxy = peer({
  name: 'nginx',
  configuration: nginxConfiguration,
  nameLine: (name, backend) => `${name} ${backend};`,
  command: (file, folder) => ['nginx', '-p', folder, '-c', file],
});

export const SNIPROXY: Proxy = peer({
  name: 'sniproxy',
  configuration: sniproxyConfiguration,
  nameLine: (name) => name,
  command: (file) => ['sniproxy', '-f', '-c', file],
});

/** No proxy: what the load itself costs and can do. */
export const DIRECT: Proxy = {
  name: 'no proxy',
  isPeer: false,
  start: ({ backendPort }) =>
    Promise.resolve({
      pid: null,
      port: backendPort,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
};

interface PeerKind {
  readonly name: string;
  readonly configuration: (plan: Plan) => string;
  /** How its table of names says that one of them goes to the backend. */
  readonly nameLine: (name: string, backend: string) => string;
  readonly command: (file: string, folder: string) => readonly string[];
}

function peer(kind: PeerKind): Proxy {
  return { name: kind.name, isPeer: true, start: (setting) => startPeer(kind, setting) };
}

async function startPeer(kind: PeerKind, setting: Setting) {
  const folder = await makeFolder();
  try {
    const plan = { setting, folder, port: await freePort(), isRoot: process.getuid?.() === 0 };
    const backend = `127.0.0.1:${setting.backendPort}`;
    const lines = [...setting.names.all()].map((name) => `${kind.nameLine(name, backend)}\n`);
    await writeFile(folder.file('names'), lines.join(''));
    await writeFile(folder.file('configuration'), kind.configuration(plan).trimStart());
    const command = kind.command(folder.file('configuration'), folder.path);
    const program = await startProgram(command, (started) => accepting(started, plan.port), {
      endBy: 'SIGTERM',
    });
    const dispose = async () => {
      await program[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    };
    return { pid: program.pid, port: plan.port, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

async function accepting(program: Program, port: number): Promise<void> {
  await eventually(async () => {
    if (!program.isRunning) return true;
    const socket = createConnection(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
    return true;
  });
  if (!program.isRunning) throw new Error(`it ended: ${program.stderr.text}`);
}

// Given back before the peer takes it: should somebody be faster, its start fails loudly.
async function freePort(): Promise<number> {
  const { server, port } = await listen();
  server.close();
  await once(server, 'close');
  return port;
}
