import { ipBytes } from '../../address.ts';
import { cidrContains, type Cidr } from '../../cidr.ts';
import type { SessionRecord } from '../../session/session.ts';
import { isFailure, terminationRow, type Termination } from '../../termination.ts';

/** Stands for every termination that is a failure. */
export const FAILED = 'failed';

/** Which sessions a watcher wants. `null` and an empty list ask for nothing in particular. */
export interface FeedFilter {
  /** A name, `*.suffix` or a default: of the session's host, or its route. */
  readonly host: string | null;
  /** Terminations, `failed` among them. Empty: all but those of clients that never spoke. */
  readonly terminations: readonly string[];
  readonly client: Cidr | null;
  /** As the access log has it, or without its port. */
  readonly backend: string | null;
  readonly id: string | null;
}

/** The filter that lets everything pass that the access log has at level `info`. */
export const NO_FILTER: FeedFilter = {
  host: null,
  terminations: [],
  client: null,
  backend: null,
  id: null,
};

/** Whether a watcher wants to see this session. */
export function passesFilter(filter: FeedFilter, record: SessionRecord): boolean {
  const { id, host, client, backend } = filter;
  if (id !== null) return record.id === id;
  return (
    isWantedEnd(filter.terminations, record.termination) &&
    (host === null || isOfHost(host, record)) &&
    (backend === null || isOfBackend(backend, record)) &&
    (client === null || cidrContains(client, ipBytes(record.source.ip)))
  );
}

function isWantedEnd(wanted: readonly string[], termination: Termination): boolean {
  if (wanted.length === 0) return terminationRow(termination).level !== 'debug';
  return wanted.includes(termination) || (wanted.includes(FAILED) && isFailure(termination));
}

function isOfHost(wanted: string, { host, route }: SessionRecord): boolean {
  if (host === wanted || route?.pattern === wanted) return true;
  return wanted.startsWith('*.') && host !== null && host.endsWith(wanted.slice(1));
}

function isOfBackend(wanted: string, { backend }: SessionRecord): boolean {
  if (backend === null) return false;
  const { name, member } = backend;
  return [name, member].some((text) => text === wanted || text?.replace(PORT, '') === wanted);
}

const PORT = /:\d+$/;
