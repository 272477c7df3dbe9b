import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpSays, TlsSays } from './client.ts';

// IANA "TLS ExtensionType Values".
const EARLY_DATA = '42';
const ENCRYPTED_CLIENT_HELLO = '65037';

const TLS_FIELDS = [
  'tls.handshake.extensions_server_name',
  'tls.handshake.extensions_alpn_str',
  'tls.handshake.extensions.supported_version',
  'tls.handshake.version',
  'tls.handshake.extension.type',
];

/** The first line of `tshark --version`. */
export function tsharkVersion(): string {
  return run('tshark', ['--version'], '').split('\n')[0]!.replace(/\.$/, '');
}

/** What tshark reads in the bytes of a ClientHello. */
export async function tlsOpinion(bytes: Buffer): Promise<TlsSays> {
  const [names, alpn, versions, legacy, extensions] = await dissect(bytes, 'tls', TLS_FIELDS);
  const offered = [...(versions!.length > 0 ? versions! : legacy!)].map(Number);
  return {
    serverName: names![0] === undefined ? null : plainName(names![0]),
    alpn: alpn!,
    version: Math.max(...offered.filter((version) => !isGrease(version))),
    ech: extensions!.includes(ENCRYPTED_CLIENT_HELLO),
    earlyData: extensions!.includes(EARLY_DATA),
  };
}

/** What tshark reads in the bytes of a request head. */
export async function httpOpinion(bytes: Buffer): Promise<HttpSays> {
  const [hosts] = await dissect(bytes, 'http', ['http.host']);
  const host = hosts![0]?.replace(/:\d+$/, '');
  return { host: host === undefined ? null : plainName(host) };
}

async function dissect(bytes: Buffer, protocol: string, fields: string[]): Promise<string[][]> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-tshark-'));
  const capture = join(folder, 'one.pcap');
  try {
    run('text2pcap', ['-q', '-T', '40000,9', '-', capture], hexDump(bytes));
    const columns = fields.flatMap((field) => ['-e', field]);
    const how = ['-d', `tcp.port==9,${protocol}`, '-T', 'fields', '-E', 'separator=;'];
    const text = run('tshark', ['-r', capture, ...how, ...columns], '');
    const values = text.replace(/\n$/, '').split(';');
    return values.map((value) => (value === '' ? [] : value.split(',')));
  } finally {
    await rm(folder, { recursive: true });
  }
}

// The form text2pcap reads: an offset, then the bytes.
function hexDump(bytes: Buffer): string {
  return `000000 ${bytes.toString('hex').replace(/../g, '$& ')}\n`;
}

function run(program: string, args: readonly string[], input: string): string {
  return execFileSync(program, args, { input, encoding: 'utf8', stdio: 'pipe' });
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

// RFC 8701 section 2: 0x0a0a, 0x1a1a, … 0xfafa.
function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a;
}
