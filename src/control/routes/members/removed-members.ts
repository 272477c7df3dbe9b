import { formatEndpoint, formatHostPort } from '../../../address.ts';
import type { BackendAddress } from '../../../balance/backend-address.ts';
import type { Protocol } from '../../../protocol.ts';
import type { RouteOptions } from '../../../session/route.ts';
import type { Removal } from '../../../worker/messages.ts';
import type { RouteRecord } from '../../sources/routes/route-record.ts';
import { DEFAULT_PORTS, parseSets, type ParsedMember } from './route-members.ts';

export interface RemovedMembersOptions {
  /** `--on-removed`: what holds for a route that says nothing of its own. */
  readonly onRemoved: 'keep' | number;
  /** Whether there may be a session to a backend of this name. */
  readonly mayHaveSessions: (member: string, address: BackendAddress) => boolean;
  readonly end: (removal: Removal) => void;
  /** Runs something later, unless the function it gives is called before. */
  readonly later?: (run: () => void, ms: number) => () => void;
}

interface Pending {
  readonly protocol: Protocol;
  readonly members: Set<string>;
  readonly cancel: () => void;
}

type Members = ReadonlyMap<string, BackendAddress>;

const NOBODY: Members = new Map();

const PROTOCOLS: readonly Protocol[] = ['tls', 'http'];

/**
 * Notices when a member leaves a route or is drained, and has its sessions ended when it has not come
 * back in time. What DNS says of a name takes no member away: names that give another part of their
 * addresses each time are common. It holds no more than there are backends in use, each once.
 */
export class RemovedMembers {
  readonly #options: RemovedMembersOptions;
  readonly #later: NonNullable<RemovedMembersOptions['later']>;
  readonly #pending = new Map<string, Set<Pending>>();

  constructor(options: RemovedMembersOptions) {
    this.#options = options;
    this.#later = options.later ?? runLater;
  }

  /** Whether the route had members that may still come back. */
  misses(pattern: string): boolean {
    return this.#pending.has(pattern);
  }

  /** Whether somebody would be missed of a route with this record, where these are the options in force. */
  concerns(record: RouteRecord, options: RouteOptions): boolean {
    if ((options.onRemoved ?? this.#options.onRemoved) === 'keep') return false;
    return PROTOCOLS.some((protocol) => this.#gone(protocol, NOBODY, record).size > 0);
  }

  /** A route changes; `null` is no route. `options` are the ones in force, or were when it went. */
  changed(
    pattern: string,
    [before, after]: readonly [before: RouteRecord, after: RouteRecord | null],
    options: RouteOptions,
  ): void {
    const graceMs = options.onRemoved ?? this.#options.onRemoved;
    const isAwaited = this.misses(pattern);
    if (graceMs === 'keep' && !isAwaited) return;
    for (const protocol of PROTOCOLS) {
      const now = after === null ? new Map() : served(after, protocol);
      if (isAwaited) this.#welcome(pattern, protocol, now);
      if (graceMs === 'keep') continue;
      const gone = this.#gone(protocol, now, before);
      // An address that drains may be one of a DNS name, and then no member is gone.
      for (const member of drained(after, protocol)) gone.add(member);
      if (gone.size > 0) this.#await(pattern, { protocol, members: gone }, graceMs);
    }
  }

  close(): void {
    for (const pending of this.#pending.values()) for (const { cancel } of pending) cancel();
    this.#pending.clear();
  }

  // Whoever is back keeps the sessions that are left.
  #welcome(pattern: string, protocol: Protocol, now: Members): void {
    for (const pending of this.#pending.get(pattern) ?? []) {
      if (pending.protocol !== protocol) continue;
      for (const member of now.keys()) pending.members.delete(member);
      if (pending.members.size > 0) continue;
      pending.cancel();
      this.#forget(pattern, pending);
    }
  }

  #forget(pattern: string, pending: Pending): void {
    const awaited = this.#pending.get(pattern);
    awaited?.delete(pending);
    if (awaited?.size === 0) this.#pending.delete(pattern);
  }

  #gone(protocol: Protocol, now: Members, before: RouteRecord): Set<string> {
    const gone = new Set<string>();
    for (const [member, address] of served(before, protocol)) {
      if (!now.has(member) && this.#options.mayHaveSessions(member, address)) gone.add(member);
    }
    return gone;
  }

  #await(pattern: string, { protocol, members }: Omit<Pending, 'cancel'>, graceMs: number): void {
    const awaited = this.#pending.get(pattern) ?? new Set();
    // A member that drains does so in every later record, and its time runs already.
    for (const other of awaited) {
      if (other.protocol !== protocol) continue;
      for (const member of other.members) members.delete(member);
    }
    if (members.size === 0) return;
    const cancel = this.#later(() => {
      this.#forget(pattern, pending);
      this.#options.end({ pattern, protocol, members: [...members] });
    }, graceMs);
    const pending = { protocol, members, cancel };
    this.#pending.set(pattern, awaited.add(pending));
  }
}

function runLater(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms).unref();
  return () => clearTimeout(timer);
}

function drained(record: RouteRecord | null, protocol: Protocol): readonly string[] {
  if (record === null || record.draining.length === 0) return [];
  return spoken(parseSets(record).draining, protocol).map(([member]) => member);
}

/** The members that take sessions, by what their backends are called. */
function served(record: RouteRecord, protocol: Protocol): Members {
  const { backends, acme, draining } = parseSets(record);
  const members = new Map([...spoken(backends, protocol), ...spoken(acme, protocol)]);
  for (const [member] of spoken(draining, protocol)) members.delete(member);
  return members;
}

function spoken(members: readonly ParsedMember[], protocol: Protocol): [string, BackendAddress][] {
  return members.flatMap(([, address]): [string, BackendAddress][] => {
    if (typeof address === 'string') return [];
    if (address.scheme !== null && address.scheme !== protocol) return [];
    return [[memberName(address, protocol), address]];
  });
}

/** What a member is called for a protocol: as its backend is, or its DNS name with the port. */
export function memberName(address: BackendAddress, protocol: Protocol): string {
  if ('path' in address) return formatEndpoint({ path: address.path });
  return formatHostPort(address.host, address.port ?? DEFAULT_PORTS[protocol]);
}
