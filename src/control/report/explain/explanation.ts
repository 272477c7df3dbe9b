import type { BalanceMethod } from '../../../balance/candidates.ts';
import type { Protocol } from '../../../protocol.ts';
import type { ProxyMode } from '../../../proxy-protocol.ts';
import type { RouteMatch } from '../../../route/table.ts';
import type { Termination } from '../../../termination.ts';

/** Where a client would go, and why: what `sluice explain` prints and `/api/v1/explain` answers with. */
export interface Explanation {
  /** Of this shape. A field that is added does not change it. */
  readonly version: 1;
  /** Who says so: an edge, or Redis itself. */
  readonly source: string;
  readonly name: string | null;
  readonly protocol: Protocol;
  readonly alpn: readonly string[];
  readonly from: string | null;
  /** Every pattern looked at, in the order in which they win. */
  readonly tried: readonly ExplainedPattern[];
  /** The pattern that matched, or `null`. */
  readonly route: string | null;
  readonly match: RouteMatch | null;
  readonly options: readonly ExplainedOption[];
  readonly members: readonly ExplainedMember[];
  readonly choice: ExplainedChoice;
}

export interface ExplainedPattern {
  readonly pattern: string;
  readonly match: RouteMatch;
  readonly exists: boolean;
  readonly why: string;
}

/** An option that applies, and where its value is from. */
export interface ExplainedOption {
  readonly name: string;
  /** As an operator would write it; `null` is none. */
  readonly value: string | null;
  /** `unknown` where only a running edge knows its flags. */
  readonly from: 'route' | 'edge' | 'unknown';
  /** What stands in the route and is not obeyed, and why. */
  readonly refused: string | null;
}

export interface ExplainedMember {
  /** As the operator wrote it. */
  readonly member: string;
  readonly set: 'backends' | 'draining' | 'acme';
  readonly state: 'candidate' | 'draining' | 'refused' | 'left-out';
  /** Why it is no candidate, or what is known of its name; `null` where nothing is to be said. */
  readonly why: string | null;
  readonly weight: number | null;
  readonly proxy: ProxyMode | null;
  readonly addresses: readonly ExplainedAddress[];
}

export interface ExplainedAddress {
  /** `10.0.0.1:443`, `[fd00::1]:443` or `unix:/path`. */
  readonly address: string;
  /** Why it is not dialled, or `null`. */
  readonly refused: string | null;
  /** Live ones of this edge; `null` where nobody knows. */
  readonly sessions: number | null;
  /** Until when it is left alone at least, in milliseconds since the epoch; `null` when it is not. */
  readonly ejectedUntil: number | null;
  /** Why it is, or `null`. */
  readonly ejectedBecause: string | null;
}

/** What would become of the session. */
export interface ExplainedChoice {
  /** How it would end before a backend is dialled, or `null` when one would be. */
  readonly termination: Termination | null;
  readonly why: string;
  readonly balance: BalanceMethod | null;
  /** Who may be chosen, the likeliest first. `chance` is of 1, or `null` where it cannot be told. */
  readonly candidates: readonly { readonly address: string; readonly chance: number | null }[];
}
