import type { Connector, DialPlan } from '../../../src/dial/dial.ts';
import type { Protocol } from '../../../src/protocol.ts';

/**
 * What an attempt comes to: an errno name; or `ok` and what became of the head; or a number of
 * milliseconds before either, as in `300 ECONNREFUSED`.
 */
export type Attempt = string;

export interface Script {
  readonly backends: string;
  readonly attempts: readonly Attempt[];
  readonly protocol?: Protocol;
  readonly earlyData?: boolean;
  readonly retries?: number;
  /** Retries that the edge may make; any number by default. */
  readonly budget?: number;
  readonly absence?: string;
  /** The session is ended during its attempt of this number. */
  readonly overAt?: number;
  readonly connectTimeoutMs?: number;
}

/** A socket is the name of its backend and the number of its attempt: `a1`. */
export type ScriptedSocket = string;

/**
 * A plan and a connector that follow a script, in their own time, and write down what they are asked
 * to do: `take a`, `connect a 2500`, `watch a1 1000`, `close a1`, `release a`, `wait 250`, `ok a 0`.
 */
export function scripted(script: Script): {
  plan: DialPlan<string>;
  connector: Connector<string, ScriptedSocket>;
  events: string[];
} {
  const events: string[] = [];
  const left = script.backends.split(' ').filter((name) => name !== '');
  const attempts = [...script.attempts];
  let budget = script.budget ?? Infinity;
  let clock = 1000;
  let made = 0;
  let head = 'head';
  let reply = '';
  const plan: DialPlan<string> = {
    candidates: { next: () => left.shift() ?? null },
    head: () => Buffer.from(head),
    firstBytes: (backend, bytes) => Buffer.concat([Buffer.from(`PROXY ${backend} `), bytes]),
    protocol: script.protocol ?? 'tls',
    earlyData: script.earlyData ?? false,
    connectTimeoutMs: script.connectTimeoutMs ?? 2500,
    retries: script.retries ?? 2,
    absence: script.absence,
    maySpend: () => budget-- > 0,
    isOver: () => made >= (script.overAt ?? Infinity),
    now: () => clock,
    wait: async (ms) => {
      events.push(`wait ${ms}`);
      clock += ms;
    },
    take: (backend) => events.push(`take ${backend}`),
    release: (backend) => events.push(`release ${backend}`),
    onAttempt: (result, ms, backend) => events.push(`${result} ${backend} ${ms}`),
  };
  const connector: Connector<string, ScriptedSocket> = {
    connect: async (backend, first, timeoutMs) => {
      events.push(`connect ${backend} ${timeoutMs}`, `write ${Buffer.from(first).toString()}`);
      const [, ms, outcome] = /^(?:(\d+) )?(.*)$/.exec(attempts.shift() ?? 'unscripted')!;
      clock += outcome === 'ETIMEDOUT' ? timeoutMs : Number(ms ?? 0);
      made++;
      head += '+';
      if (!outcome!.startsWith('ok')) throw failure(outcome!);
      reply = outcome!.slice('ok '.length);
      return `${backend}${made}`;
    },
    firstReply: async (socket, timeoutMs) => {
      events.push(`watch ${socket} ${timeoutMs}`);
      if (reply === 'timeout') clock += timeoutMs;
      return reply as 'answered' | 'refused' | 'client-spoke' | 'timeout';
    },
    close: (socket) => events.push(`close ${socket}`),
  };
  return { plan, connector, events };
}

function failure(code: string): Error {
  return code.startsWith('E') ? Object.assign(new Error(code), { code }) : new TypeError(code);
}
