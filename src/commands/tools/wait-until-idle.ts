import { setTimeout as sleep } from 'node:timers/promises';
import { formatEndpoint } from '../../address.ts';
import type { Explanation } from '../../control/report/explain/explanation.ts';
import type { Protocol } from '../../protocol.ts';
import type { Pattern } from '../../route/pattern.ts';
import { CommandFailed } from '../command.ts';
import { askEdge, type Edge } from './ask-edge.ts';

const POLL_MS = 250;
const PROTOCOLS: readonly Protocol[] = ['tls', 'http'];
/** A name that only its wildcard or its default answers for, unless somebody has a route of this name. */
const NOBODY = 'sluice-drain';
const MAX_NAME = 253;

export interface Wait {
  readonly edges: readonly Edge[];
  readonly pattern: Pattern;
  /** As it is written in Redis. */
  readonly member: string;
  /** `Infinity` waits for as long as it takes. */
  readonly timeoutMs: number;
}

/**
 * Wait until every edge has heard that the member drains and has no session left on it. Those of other
 * hosts that have the same backend count: an edge keeps one count of a backend. Rejects with
 * `CommandFailed` when time is up or an edge does not answer.
 */
export async function waitUntilIdle({ edges, pattern, member, timeoutMs }: Wait): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  const progress = new Progress();
  try {
    // A session that has chosen its backend and not dialled it yet is counted by the next look.
    for (let idle = false; ;) {
      const left = await Promise.all(edges.map((edge) => sessionsLeft(edge, pattern, member)));
      const wasIdle = idle;
      idle = left.every((count) => count === 0);
      if (idle && wasIdle) return;
      const told = edges
        .map(({ address }, i) => `${formatEndpoint(address)} ${inWords(left[i]!)}`)
        .join(', ');
      if (!idle && performance.now() >= deadline)
        throw new CommandFailed(`time is up, and it goes on draining: ${told}`);
      progress.tell(told);
      await sleep(idle ? POLL_MS : Math.min(POLL_MS, deadline - performance.now()));
    }
  } finally {
    progress.end();
  }
}

/** `null` while the edge has not heard of it. */
async function sessionsLeft(edge: Edge, pattern: Pattern, member: string): Promise<number | null> {
  const protocols = pattern.kind === 'default' ? [pattern.protocol] : PROTOCOLS;
  const seen = new Map<string, number>();
  for (const protocol of protocols) {
    const query = new URLSearchParams({ host: nameUnder(pattern), protocol });
    const { route, members } = await askEdge<Explanation>(edge, 'explain', query);
    const drained = members.find((each) => each.set === 'draining' && each.member === member);
    if (route !== pattern.text || drained === undefined) return null;
    for (const { address, sessions } of drained.addresses) seen.set(address, sessions ?? 0);
  }
  return [...seen.values()].reduce((sum, each) => sum + each, 0);
}

function nameUnder(pattern: Pattern): string {
  if (pattern.kind === 'default') return '';
  if (pattern.kind === 'exact') return pattern.text;
  const name = `${NOBODY}.${pattern.suffix}`;
  return name.length > MAX_NAME ? `0.${pattern.suffix}` : name;
}

function inWords(count: number | null): string {
  if (count === null) return 'has not heard of it';
  return count === 1 ? 'has 1 session' : `has ${count} sessions`;
}

/** On a terminal, one line that is written anew. */
class Progress {
  #told = '';

  tell(text: string): void {
    if (!process.stderr.isTTY || text === this.#told) return;
    this.#told = text;
    process.stderr.write(`\r\u001b[K${text}`);
  }

  end(): void {
    if (this.#told !== '') process.stderr.write('\r\u001b[K');
  }
}
