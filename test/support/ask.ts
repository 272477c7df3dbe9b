import { clientHello } from './client-hello.ts';
import { connectRaw } from './raw-client.ts';

/** Ask for a name by a ClientHello. What a named backend answers is its name; see `ask`. */
export function askTls(address: string, name: string): Promise<string> {
  return ask(address, clientHello(name));
}

/** The same by a plain HTTP request. */
export function askHttp(address: string, host: string): Promise<string> {
  return ask(address, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
}

/**
 * Send these bytes and read to the end. All that comes back, as text; in short `alert 112` for a TLS
 * alert and `HTTP 404` for a reply of sluice's own; `closed` or `reset` where nothing does.
 */
export async function ask(address: string, first: string | Uint8Array): Promise<string> {
  await using client = await connectRaw(address);
  await client.send(first);
  const end = await client.end();
  const bytes = client.bytes();
  if (bytes.length === 0) return end === 'reset' ? 'reset' : 'closed';
  if (bytes[0] === 0x15) return `alert ${bytes[6]}`;
  const text = bytes.toString('latin1');
  return text.replace(/^HTTP\/1\.1 (\d+) .*$/s, 'HTTP $1');
}
