import type { BalanceMethod } from '../../../balance/candidates.ts';
import type { RouteOptions } from '../../../session/route.ts';
import type { RouteRecord } from '../../sources/routes/route-record.ts';
import { chooseAmong, judge, unavailableFor } from './choice.ts';
import { explainMembers } from './members.ts';
import { explainOptions } from './options.ts';
import type { ExplainedMember, ExplainedPattern, Explanation } from './explanation.ts';
import type { RouteFacts, RouteFlags } from './facts.ts';
import { patternsTried, type TriedPattern } from '../../../route/tried.ts';
import type { MatchedRoute } from './looked-at.ts';
import { isAcme, type Question } from './question.ts';

/**
 * Where a client would go, and why. The line itself decides so in `session/`. With `unavailable`, the
 * reason why nobody can say now: the session ends before a route is looked at.
 */
export function explain(
  question: Question,
  facts: RouteFacts,
  unavailable: string | null = null,
): Explanation {
  const tried = patternsTried(question.name, question.protocol).map((each) => ({
    ...each,
    record: facts.record(each.pattern),
  }));
  const found = tried.find(({ record }) => record !== null);
  const route = found === undefined ? null : matched(found, found.record!, facts);
  return {
    version: 1,
    source: facts.source,
    ...question,
    tried: tried.map((each) =>
      each.record === null ? explainAbsent(each, unavailable) : explainPattern(each, route),
    ),
    route: route?.pattern ?? null,
    match: route?.match ?? null,
    ...explainRoute(question, route, facts),
    ...(unavailable !== null && { choice: unavailableFor(unavailable) }),
  };
}

function matched(tried: TriedPattern, record: RouteRecord, facts: RouteFacts): MatchedRoute {
  return { ...tried, record, inForce: facts.options(tried.pattern, record) };
}

function explainAbsent(
  { pattern, match }: TriedPattern,
  unavailable: string | null,
): ExplainedPattern {
  const why = unavailable === null ? 'there is no such route' : 'no such route is known here';
  return { pattern, match, exists: false, why };
}

function explainPattern(
  { pattern, match }: TriedPattern,
  route: MatchedRoute | null,
): ExplainedPattern {
  return { pattern, match, exists: true, why: reasonOf(pattern, match, route) };
}

function reasonOf(
  pattern: string,
  match: TriedPattern['match'],
  route: MatchedRoute | null,
): string {
  if (pattern !== route!.pattern) return `there is such a route, but ${route!.pattern} comes first`;
  if (match === 'exact') return 'matches: the exact name wins over everything';
  return match === 'wildcard'
    ? 'matches: the longest suffix there is'
    : 'matches: nothing else did';
}

function explainRoute(
  question: Question,
  route: MatchedRoute | null,
  facts: RouteFacts,
): Pick<Explanation, 'options' | 'members' | 'choice'> {
  const refused = judge(question, route, facts);
  if (route === null) return { options: [], members: [], choice: refused! };
  const { record, inForce } = route;
  const { flags } = facts;
  const members = membersFor(question, route, facts);
  const by = { balance: balanceOf(inForce, flags), maxEjected: flags?.maxEjected ?? null };
  const choice = refused ?? chooseAmong(members, by, question);
  return { options: explainOptions(record, inForce, flags), members, choice };
}

function membersFor(
  question: Question,
  { record, inForce }: MatchedRoute,
  facts: RouteFacts,
): ExplainedMember[] {
  return explainMembers(record, {
    facts,
    protocol: question.protocol,
    proxy: inForce.proxy ?? facts.flags?.proxy ?? null,
    chosenFrom: isAcme(question) && record.acme.length > 0 ? 'acme' : 'backends',
  });
}

function balanceOf({ balance }: RouteOptions, flags: RouteFlags | null): BalanceMethod | null {
  return balance ?? flags?.balance ?? null;
}
