import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { printable } from '../../account/printable.ts';
import { formatEndpoint } from '../../address.ts';
import { CommandFailed } from '../command.ts';
import type { Edge } from '../tools/ask-edge.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** An edge says every five seconds that it is there. */
const SILENCE_MS = 20_000;
const MAX_SHOWN = 300;

/** The edge is not to be reached, went away, or has no room now: it may come back. */
export class EdgeGone extends Error {
  override readonly name = 'EdgeGone';
  /** The message is the edge's own. */
  readonly isSaid: boolean;

  constructor(message: string, isSaid = false) {
    super(message);
    this.isSaid = isSaid;
  }
}

/**
 * A page of the edge's that is sent as it happens. Rejects with `EdgeGone`, or with `CommandFailed` where
 * the edge will not have it.
 */
export async function openStream(
  edge: Edge,
  path: string,
  signal: AbortSignal,
): Promise<AsyncIterable<string>> {
  const response = await request(edge, path, signal);
  response.setEncoding('utf8');
  const status = response.statusCode!;
  if (status === 200) return chunksOf(response);
  const body = await text(response).catch(() => '');
  if (status === 503) throw new EdgeGone(reasonIn(body) ?? `HTTP ${status}`, true);
  throw new CommandFailed(`the edge at ${formatEndpoint(edge.address)} ${refusalOf(status, body)}`);
}

async function* chunksOf(response: IncomingMessage): AsyncGenerator<string> {
  let silence = watchSilence(response);
  try {
    for await (const chunk of response) {
      // What is done with it may take its time: our reader's silence is not the edge's.
      clearTimeout(silence);
      yield chunk as string;
      silence = watchSilence(response);
    }
  } catch (error) {
    throw new EdgeGone(inWords(error));
  } finally {
    clearTimeout(silence);
    response.destroy();
  }
  throw new EdgeGone('it closed the connection');
}

function watchSilence(response: IncomingMessage): NodeJS.Timeout {
  const silent = () => response.destroy(new Error(`silent for ${SILENCE_MS / 1000} s`));
  return setTimeout(silent, SILENCE_MS);
}

function request(edge: Edge, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  const { ip: host, port } = edge.address;
  const headers = edge.token === null ? {} : { Authorization: `Bearer ${edge.token}` };
  return new Promise((resolve, reject) => {
    const asked = get({ host, port, path, headers, signal, agent: false });
    const late = setTimeout(() => asked.destroy(new Error('no answer')), CONNECT_TIMEOUT_MS);
    asked.once('response', (response) => {
      clearTimeout(late);
      resolve(response);
    });
    // It stays: what the end of the connection brings later is the response's to tell.
    asked.on('error', (error) => {
      clearTimeout(late);
      reject(new EdgeGone(inWords(error)));
    });
  });
}

function refusalOf(status: number, body: string): string {
  if (status === 401) return 'asks for its --admin-token, or for another one';
  if (status === 404) return 'has no such page: it may be older than this sluice';
  return `says: ${reasonIn(body) ?? `HTTP ${status}`}`;
}

function reasonIn(body: string): string | null {
  try {
    const { error } = JSON.parse(body) as { error?: unknown };
    return typeof error === 'string' ? printable(error.slice(0, MAX_SHOWN)) : null;
  } catch {
    const words = body.trim();
    return words === '' ? null : printable(words.slice(0, MAX_SHOWN));
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
  ETIMEDOUT: 'no answer',
};

function inWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return WORDS[code ?? ''] ?? message;
}
