import type { BalanceMethod } from '../../../balance/candidates.ts';
import { isAllowed } from '../../../session/admission.ts';
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

/** Which backend would be dialled. */
export function chooseAmong(
  members: readonly ExplainedMember[],
  balance: BalanceMethod | null,
  { from }: Question,
): ExplainedChoice {
  const contenders = contendersOf(members);
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
      : chancesOf(balance ?? 'random', contenders);
  const candidates = contenders.map(({ address }, i) => ({ address, chance: chances[i]! }));
  candidates.sort((a, b) => (b.chance ?? 0) - (a.chance ?? 0));
  const allowed = from === null ? '' : `${from} may use the route: `;
  const why = allowed + howChosen(contenders.length, balance);
  return { termination: null, why, balance, candidates };
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

// An address that several members come to is the first one's.
function contendersOf(members: readonly ExplainedMember[]): readonly Contender[] {
  const contenders = new Map<string, Contender>();
  const draining = members.filter(({ set }) => set === 'draining');
  const drained = new Set(
    draining.flatMap(({ addresses }) => addresses.map((each) => each.address)),
  );
  for (const { state, weight, addresses } of members) {
    if (state !== 'candidate') continue;
    for (const { address, refused, sessions } of addresses) {
      if (refused !== null || drained.has(address) || contenders.has(address)) continue;
      contenders.set(address, { address, weight: weight ?? 1, sessions });
    }
  }
  return [...contenders.values()];
}
