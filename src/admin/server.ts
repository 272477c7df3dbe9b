import { once } from 'node:events';
import { createServer, type Server, type ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { plainIp, type IpEndpoint } from '../address.ts';
import { Connections } from './connections.ts';
import { createEntries, type AdminSources } from './entries.ts';
import { createResponder } from './respond.ts';
import { Sender } from './send.ts';
import { STREAM_LIMITS, Streams, type StreamLimits } from './streams.ts';

export interface AdminOptions {
  readonly host: string;
  readonly port: number;
  /** Asked of every request as `Authorization: Bearer …`, but for the two probes and the files. */
  readonly token: string | null;
  /** Of streams: `STREAM_LIMITS` unless given. */
  readonly streams?: StreamLimits;
  /** After how long without a byte either way a connection is cut: 30 s unless given. */
  readonly silenceMs?: number;
}

export interface AdminListener {
  readonly address: IpEndpoint;
  close(): Promise<void>;
}

// A scraper needs one connection, a browser six.
const MAX_CONNECTIONS = 64;
const MAX_HEADER_BYTES = 8192;
/** For a whole request. */
const REQUEST_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 5000;
/** How often the two above are looked after: Node's 30 s would be the true limit. */
const CHECK_MS = 1000;
const KEEP_ALIVE_MS = 5000;
/** Without a byte either way: of a client that does not read, or that is gone. */
const SILENCE_MS = 30_000;
const LIMITS: ServerOptions = {
  maxHeaderSize: MAX_HEADER_BYTES,
  requestTimeout: REQUEST_TIMEOUT_MS,
  headersTimeout: HEADERS_TIMEOUT_MS,
  connectionsCheckingInterval: CHECK_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
};

/** Serve `/metrics`, `/livez`, `/readyz`, `/api/v1/…` and the files. Rejects with the error of `listen(2)`. */
export async function openAdmin(
  options: AdminOptions,
  sources: AdminSources,
): Promise<AdminListener> {
  const streams = new Streams(options.streams ?? STREAM_LIMITS);
  const connections = new Connections(MAX_CONNECTIONS);
  const sender = new Sender(streams);
  const respond = createResponder(createEntries(sources), options.token, connections, sender);
  const server = createServer(LIMITS, respond);
  server.timeout = options.silenceMs ?? SILENCE_MS;
  connections.watch(server);
  server.listen({ host: options.host, port: options.port });
  await once(server, 'listening');
  // An accept(2) that failed: that connection is gone, and the edge must not go with it.
  server.on('error', () => {});
  const { address, port } = server.address() as AddressInfo;
  return { address: { ip: plainIp(address), port }, close: () => close(server, streams) };
}

async function close(server: Server, streams: Streams): Promise<void> {
  streams.close();
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}
