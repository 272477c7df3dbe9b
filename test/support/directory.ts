import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Endpoint } from '../../src/address.ts';
import { BackendSlots } from '../../src/control/routes/backend-slots.ts';
import { Directory, type DirectoryOptions } from '../../src/control/routes/directory.ts';
import { BackendResolver } from '../../src/control/routes/resolver.ts';
import { KnownOptions } from '../../src/control/routes/known-options.ts';
import { RouteBackends } from '../../src/control/routes/route-backends.ts';
import { RefusedMembers } from '../../src/control/routes/members/route-members.ts';
import { EMPTY_RECORD, type RouteRecord } from '../../src/control/sources/routes/route-record.ts';
import type { Protocol } from '../../src/protocol.ts';
import { parseServerName, type ServerName } from '../../src/server-name.ts';
import type { RouteAnswer } from '../../src/worker/messages.ts';

/** A directory, and what it says. */
export function directory(
  t: TestContext,
  refusal: (endpoint: Endpoint) => string | null = () => null,
  more: Pick<DirectoryOptions, 'read' | 'mayLackRoutes'> = {},
) {
  const invalidated: (readonly string[] | null)[] = [];
  const refused: string[] = [];
  const resolver = new BackendResolver({ servers: [], onChange: () => {}, onProblem: () => {} });
  t.after(() => resolver.close());
  const backends = new RouteBackends({
    resolver,
    slots: new BackendSlots(() => 0),
    refusal,
    proxyProtocol: 'off',
    onRefused: () => {},
  });
  const refuse = (pattern: string, member: string, reason: string) =>
    refused.push(`${pattern} ${member} ${reason}`);
  const members = new RefusedMembers(refusal, refuse);
  const options = new KnownOptions(refuse);
  const routes = new Directory({
    backends,
    refused: members,
    options,
    ...more,
    invalidate: (patterns) => invalidated.push(patterns),
  });
  t.after(() => routes.close());
  return { routes, invalidated, refused, members, options };
}

export function ask(routes: Directory, host: string, protocol: Protocol = 'tls') {
  return new Promise<RouteAnswer>((resolve, reject) => {
    routes.answer(named(host), protocol, resolve).catch(reject);
  });
}

export const route = (...backends: string[]): RouteRecord => ({ ...EMPTY_RECORD, backends });

export const named = (text: string): ServerName => parseServerName(text)!;

export async function backendsOf(routes: Directory, host: string, protocol: Protocol = 'tls') {
  const answer = await ask(routes, host, protocol);
  assert.equal(answer.kind, 'route');
  return answer.kind === 'route' ? answer.backends.map((backend) => backend.name) : [];
}

/** What was changed until now has been told to the workers. */
export function told(): Promise<void> {
  return new Promise(setImmediate);
}
