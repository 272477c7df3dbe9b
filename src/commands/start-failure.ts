import { ListenFailed } from '../control/workers/supervisor.ts';
import { SourceAddressFailed } from '../engine/check-source.ts';
import { EngineUnavailable } from '../engine/select.ts';

const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use',
  EADDRNOTAVAIL: 'the address is not of this machine',
  EACCES:
    'no permission; a port below 1024 needs CAP_NET_BIND_SERVICE or net.ipv4.ip_unprivileged_port_start',
};

/** One line for an operator about why the edge did not start. */
export function explainStartFailure(error: unknown): string {
  if (error instanceof EngineUnavailable)
    return `cannot run the engine asked for: ${error.message}`;
  if (error instanceof ListenFailed)
    return `cannot listen on ${error.listener}: ${inWords(error.code)}`;
  if (error instanceof SourceAddressFailed)
    return `cannot dial from ${error.address}: ${inWords(error.code)}`;
  if (error instanceof AdminFailed)
    return `cannot open the admin listener on ${error.address}: ${inWords(error.code)}`;
  if (error instanceof AccessLogFailed) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The admin listener could not be opened. `code` is the errno name. */
export class AdminFailed extends Error {
  override readonly name = 'AdminFailed';
  readonly address: string;
  readonly code: string;

  constructor(address: string, cause: unknown) {
    super(`cannot open the admin listener on ${address}`, { cause });
    this.address = address;
    this.code = String((cause as { code?: unknown }).code);
  }
}

/** The access log could not be opened. */
export class AccessLogFailed extends Error {
  override readonly name = 'AccessLogFailed';

  constructor(cause: unknown) {
    super(`cannot open the access log: ${(cause as Error).message}`, { cause });
  }
}

function inWords(code: string): string {
  return code in ADVICE ? `${ADVICE[code]} (${code})` : code;
}
