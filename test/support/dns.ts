import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { makeFolder } from './folder.ts';
import { listen } from './listening.ts';
import { startProgram, type Program } from './program.ts';

/** Name to addresses, IPv4 and IPv6 mixed. */
export type DnsRecords = Readonly<Record<string, readonly string[]>>;

/** A real dnsmasq that knows only what it is told; any other name does not exist. */
export interface DnsServer extends AsyncDisposable {
  /** `127.0.0.1:41234`, over UDP and TCP. */
  readonly address: string;
  readonly program: Program;
  /** Know exactly these from now on. Resolves when it answers with them. */
  change(records: DnsRecords): Promise<void>;
}

/** `ttl` is in seconds. */
export async function startDns(records: DnsRecords, ttl = 0): Promise<DnsServer> {
  const folder = await makeFolder();
  const hosts = folder.file('hosts');
  await writeFile(hosts, hostsFile(records));
  try {
    const [program, port] = await startOnFreePort(hosts, ttl);
    return {
      address: `127.0.0.1:${port}`,
      program,
      change: async (changed) => {
        await writeFile(hosts, hostsFile(changed));
        const before = program.stderr.seen.length;
        program.signal('SIGHUP');
        await program.stderr.match(new RegExp(`read ${hosts}`), before);
      },
      [Symbol.asyncDispose]: async () => {
        await program[Symbol.asyncDispose]();
        await folder[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

// dnsmasq cannot be handed a socket: another program may take the port first, and then we try another.
async function startOnFreePort(hosts: string, ttl: number): Promise<[Program, number]> {
  for (let tries = 1; ; tries++) {
    try {
      const port = await freePort();
      return [await startOn(port, hosts, ttl), port];
    } catch (error) {
      if (tries === 5 || !/in use|EADDRINUSE/.test(String(error))) throw error;
    }
  }
}

function startOn(port: number, hosts: string, ttl: number): Promise<Program> {
  const listening = [`--port=${port}`, '--listen-address=127.0.0.1', '--bind-interfaces'];
  const knowing = [
    '--no-resolv',
    '--no-hosts',
    `--addn-hosts=${hosts}`,
    '--local=//',
    '--local=/#/',
  ];
  const alone = ['--no-daemon', '--conf-file=/dev/null', '--pid-file=', `--local-ttl=${ttl}`];
  return startProgram(['dnsmasq', ...alone, ...listening, ...knowing], ({ stderr }) =>
    stderr.match(new RegExp(`read ${hosts}`)),
  );
}

async function freePort(): Promise<number> {
  const { server, port } = await listen();
  const socket = createSocket('udp4').bind(port, '127.0.0.1');
  try {
    await once(socket, 'listening');
  } finally {
    socket.close();
    server.close();
    await once(server, 'close');
  }
  return port;
}

function hostsFile(records: DnsRecords): string {
  const pairs = Object.entries(records).flatMap(([name, ips]) => ips.map((ip) => `${ip} ${name}`));
  return `${pairs.join('\n')}\n`;
}
