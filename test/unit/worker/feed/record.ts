import type { SessionRecord } from '../../../../src/session/session.ts';
import type { Route } from '../../../../src/session/route.ts';
import type { ServerName } from '../../../../src/server-name.ts';
import type { Termination } from '../../../../src/termination.ts';

export interface RecordParts {
  readonly id?: string;
  readonly termination?: Termination;
  readonly host?: string | null;
  readonly pattern?: string;
  readonly ip?: string;
  readonly backend?: string;
  readonly member?: string;
}

/** The record of a session of which only this matters. */
export function recordOf(parts: RecordParts = {}): SessionRecord {
  const { id = 'abc-0-1', termination = 'ok', host = null, ip = '192.0.2.1', pattern } = parts;
  const { backend, member } = parts;
  const told = member === undefined ? {} : { member };
  return {
    id,
    listener: 0,
    source: { ip, port: 5000 },
    protocol: 'tls',
    host: host as ServerName | null,
    alpn: [],
    route: pattern === undefined ? null : ({ pattern } as Route),
    backend:
      backend === undefined
        ? null
        : {
            name: backend,
            endpoint: { ip: '10.0.0.5', port: 443 },
            weight: 1,
            max: null,
            proxy: 'off',
            slot: 0,
            ...told,
          },
    termination,
    detail: '',
    retries: 0,
    bytesFromClient: 0,
    bytesFromBackend: 0,
    helloAfter: 1,
    routeAfter: 0,
    connectAfter: 0,
    firstByteAfter: 0,
    endedAfter: 2,
  };
}
