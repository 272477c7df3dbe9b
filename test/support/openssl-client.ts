import { Program } from './program.ts';
import { within } from './wait.ts';

export interface OpensslResult {
  /** 0 when the handshake was done. */
  readonly exitCode: number;
  /** Of the certificate seen: `O = app-1, CN = app.example.test`. */
  readonly subject: string | null;
  /** The number of the alert that ended the handshake (RFC 8446 section 6). */
  readonly alert: number | null;
  readonly alpn: string | null;
  /** `TLSv1.3`, say. */
  readonly protocol: string | null;
  /** Everything it printed. */
  readonly output: string;
}

export interface OpensslClientOptions {
  /** Left out, no name is sent. */
  readonly serverName?: string;
  /** More of what s_client understands: `-tls1_2`, `-alpn h2` … */
  readonly args?: readonly string[];
}

/** Shake hands with `address` by a real `openssl s_client`, and hang up. */
export async function opensslConnect(
  address: string,
  { serverName, args = [] }: OpensslClientOptions = {},
): Promise<OpensslResult> {
  const name = serverName === undefined ? ['-noservername'] : ['-servername', serverName];
  await using client = new Program(['openssl', 's_client', '-connect', address, ...name, ...args]);
  // The end of its input is when it hangs up, once the handshake is done.
  client.child.stdin!.end();
  const { code } = await within(client.ended, () => `s_client goes on:\n${client.stdout.text}`);
  const output = `${client.stdout.text}\n${client.stderr.text}`;
  const find = (pattern: RegExp) => pattern.exec(output)?.[1] ?? null;
  const alert = find(/SSL alert number (\d+)/);
  return {
    exitCode: code ?? -1,
    subject: find(/^subject=(.*)$/m),
    alert: alert === null ? null : Number(alert),
    alpn: find(/^ALPN protocol: (.*)$/m),
    protocol: find(/^New, (\S+), Cipher is (?!\(NONE\))/m),
    output,
  };
}
