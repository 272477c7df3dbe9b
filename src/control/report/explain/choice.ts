import type { BalanceMethod } from '../../../balance/candidates.ts';
import { isAllowed } from '../../../session/admission/admit.ts';
import type { Termination } from '../../../termination.ts';
import { chancesOf, type Contender } from './chances.ts';
import type { ExplainedChoice, ExplainedMember } from './explanation.ts';
import type { RouteFacts } from './facts.ts';
import type { MatchedRoute } from './looked-at.ts';
import { isAcme, type Question } from './question.ts';

const HOW: Readonly<Record<BalanceMethod, string>> = {
  'least-connections': 'the one with fewer sessions for its weight, of two drawn by weight',
  'round-robin': 'in turn by weight, each worker in a turn of its own',
  random: 'drawn at random by weight',
  source: 'by the address of the client, the same on every edge',
};

/** How the session would end before a backend is looked for, or `null`. */
export function judge(
  question: Question,
  route: MatchedRoute | null,
  facts: RouteFacts,
): ExplainedChoice | null {
  if (route === null) return unknown(question, 'no route matches');
  if (route.match === 'default' && isAcme(question))
    return unknown(question, 'acme-tls/1 never goes to a default route');
  const { inForce, pattern } = route;
  if (question.from !== null && !isAllowed(inForce, question.from))
    return ending('denied', `${question.from} may not use ${pattern}: see allow and deny`);
  if (inForce.redirect !== null && question.protocol === 'http')
    return ending('redirected', 'answered with 308 to https, but for ACME challenges');
  return judgeLimit(route, facts);
}

/** How the session would end when nobody can say which route it has. */
export function unavailableFor(why: string): ExplainedChoice {
  return ending('routes-unavailable', why);
}

/** What decides: the method, and how many of the backends may be out of use, of 1. `null` is unknown. */
export interface ChoosingBy {
  readonly balance: BalanceMethod | null;
  readonly maxEjected: number | null;
}

/** Which backend would be dialled. */
export function chooseAmong(
  members: readonly ExplainedMember[],
  { balance, maxEjected }: ChoosingBy,
  { from }: Question,
): ExplainedChoice {
  const contenders = inUse(contendersOf(members), maxEjected);
  if (contenders.length === 0) {
    const unresolved = members.some(
      ({ state, addresses }) => state === 'candidate' && addresses.length === 0,
    );
    if (unresolved) return { ...NOBODY, why: 'what a DNS name stands for is not known here' };
    return ending('no-backend', 'no backend of the route may be dialled');
  }
  const chances =
    balance === null && contenders.length > 1
      ? contenders.map(() => null)
      : chancesOf(balance ?? 'random', contenders, from);
  const candidates = contenders.map(({ address }, i) => ({ address, chance: chances[i]! }));
  candidates.sort((a, b) => (b.chance ?? 0) - (a.chance ?? 0));
  const allowed = from === null ? '' : `${from} may use the route: `;
  const why = allowed + howChosen(contenders.length, balance);
  return { termination: null, why, balance, candidates };
}

/** `until`: when its ejection is over, or `null`. */
interface Candidate extends Contender {
  readonly until: number | null;
}

const NOBODY: ExplainedChoice = { termination: null, why: '', balance: null, candidates: [] };

function unknown({ name }: Question, why: string): ExplainedChoice {
  return ending(name === null ? 'no-name' : 'unknown-host', why);
}

function judgeLimit({ inForce, pattern }: MatchedRoute, facts: RouteFacts): ExplainedChoice | null {
  const sessions = facts.routeSessions(pattern);
  const { maxConnections } = inForce;
  if (sessions === null || maxConnections === null || sessions < maxConnections) return null;
  return ending('limited', `${pattern} has its ${maxConnections} sessions on this edge`);
}

function ending(termination: Termination, why: string): ExplainedChoice {
  return { ...NOBODY, termination, why };
}

function howChosen(count: number, balance: BalanceMethod | null): string {
  if (count === 1) return 'the only candidate';
  return balance === null ? 'as the --balance of the edge says' : HOW[balance];
}

// As the balance stage has it: of too many, those whose time ends first are in use all the same.
function inUse(contenders: readonly Candidate[], maxEjected: number | null): readonly Candidate[] {
  const out = contenders.filter(({ until }) => until !== null);
  const most = Math.floor(contenders.length * (maxEjected ?? 1));
  const passedOver = Math.min(most, contenders.length - 1, out.length);
  const sorted = out.toSorted((a, b) => b.until! - a.until!);
  const left = new Set(passedOver <= 0 ? [] : sorted.slice(0, passedOver));
  return contenders.filter((contender) => !left.has(contender));
}

// An address that several members come to is the first one's.
function contendersOf(members: readonly ExplainedMember[]): readonly Candidate[] {
  const contenders = new Map<string, Candidate>();
  const draining = members.filter(({ set }) => set === 'draining');
  const drained = new Set(
    draining.flatMap(({ addresses }) => addresses.map((each) => each.address)),
  );
  for (const { state, weight, addresses } of members) {
    if (state !== 'candidate') continue;
    for (const { address, refused, sessions, ejectedUntil: until } of addresses) {
      if (refused !== null || drained.has(address) || contenders.has(address)) continue;
      contenders.set(address, { address, weight: weight ?? 1, sessions, until });
    }
  }
  return [...contenders.values()];
}
