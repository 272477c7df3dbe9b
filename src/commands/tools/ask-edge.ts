import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { formatEndpoint, type IpEndpoint } from '../../address.ts';
import { printable } from '../../account/printable.ts';
import { CommandFailed } from '../command.ts';

/** For one answer, a page of routes at most. */
const TIMEOUT_MS = 10_000;
/** Several times the largest page. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_SHOWN = 300;

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
  ETIMEDOUT: 'no answer',
};

/** A running edge that is asked over its admin listener. */
export interface Edge {
  readonly address: IpEndpoint;
  readonly token: string | null;
}

/** What the edge answers to a question of its API. Rejects with `CommandFailed`, in words. */
export async function askEdge<T>(edge: Edge, path: string, query: URLSearchParams): Promise<T> {
  const where = formatEndpoint(edge.address);
  const { status, text } = await fetchPage(edge, `/api/v1/${path}?${query.toString()}`).catch(
    (error: unknown) => {
      throw new CommandFailed(`no edge answers at ${where}: ${inWords(error)}; see --admin`);
    },
  );
  const body = parse(text);
  if (status === 200 && body !== null) return body as T;
  throw new CommandFailed(`the edge at ${where} ${refusalOf(status, body)}`);
}

async function fetchPage(
  { address, token }: Edge,
  path: string,
): Promise<{ status: number; text: string }> {
  const response = await request(address, token, path);
  const size = Number(response.headers['content-length'] ?? 0);
  if (size > MAX_ANSWER_BYTES) {
    response.destroy();
    throw new Error('its answer is too large');
  }
  return { status: response.statusCode!, text: (await buffer(response)).toString() };
}

function request(
  { ip: host, port }: IpEndpoint,
  token: string | null,
  path: string,
): Promise<IncomingMessage> {
  const headers = token === null ? {} : { Authorization: `Bearer ${token}` };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  return new Promise((resolve, reject) => {
    get({ host, port, path, headers, signal, agent: false }, resolve).on('error', reject);
  });
}

function parse(text: string): object | null {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' ? body : null;
  } catch {
    return null;
  }
}

function refusalOf(status: number, body: object | null): string {
  if (status === 401) return 'asks for its --admin-token, or for another one';
  if (status === 404) return 'has no such page: it may be older than this sluice';
  if (body === null || !('error' in body)) return `answered with HTTP ${status}`;
  return `says: ${printable(String(body.error).slice(0, MAX_SHOWN))}`;
}

function inWords(error: unknown): string {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (name === 'AbortError' || name === 'TimeoutError')
    return `no answer in ${TIMEOUT_MS / 1000} s`;
  return WORDS[code ?? ''] ?? message;
}
