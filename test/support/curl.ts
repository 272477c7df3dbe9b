import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { readEcho, type Echo } from './echo.ts';

// -q before all else: no ~/.curlrc.
const FIXED = ['-q', '-sS', '--include', '--noproxy', '*', '--max-time', '30'];

export interface CurlOptions {
  /** Where the connection really goes, whatever the URL says: `127.0.0.1:41234`. */
  readonly via?: string;
  /** The authority to trust: `certificate.ca`. */
  readonly ca?: string;
  /** More of what curl understands. */
  readonly args?: readonly string[];
}

export interface CurlResult {
  /** 0 when there was no answer. */
  readonly status: number;
  /** By lower-case name, of the last answer. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** The body of one of our backends. */
  readonly echo: Echo;
  /** curl(1), section EXIT CODES: 35 no TLS handshake, 52 no answer, 56 reset, 60 wrong certificate. */
  readonly exitCode: number;
  readonly stderr: string;
}

/** Run the real curl once. */
export async function curl(url: string, options: CurlOptions = {}): Promise<CurlResult> {
  const { via, ca, args = [] } = options;
  const where = via === undefined ? [] : ['--connect-to', `::${via}`];
  const trust = ca === undefined ? [] : ['--cacert', ca];
  const child = spawn('curl', [...FIXED, ...where, ...trust, ...args, url], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, stderr, [code]] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { ...readAnswer(output.toString()), exitCode: code ?? -1, stderr };
}

type Answer = Omit<CurlResult, 'exitCode' | 'stderr'>;

function readAnswer(output: string): Answer {
  const end = output.indexOf('\r\n\r\n');
  if (!output.startsWith('HTTP/') || end === -1) return answerOf(0, [], output);
  const [statusLine = '', ...lines] = output.slice(0, end).split('\r\n');
  const status = Number(statusLine.split(' ')[1]);
  const rest = output.slice(end + 4);
  // An interim answer stands before the last one.
  return status < 200 ? readAnswer(rest) : answerOf(status, lines, rest);
}

function answerOf(status: number, lines: readonly string[], body: string): Answer {
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { status, headers: new Map(headers), body, echo: readEcho(body) };
}
