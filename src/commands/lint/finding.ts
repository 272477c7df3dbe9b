/** What can be wrong with a route: the first word of each line that `sluice lint` prints. */
export type Rule =
  | 'upper-case'
  | 'trailing-dot'
  | 'port-in-name'
  | 'never-matches'
  | 'bad-name'
  | 'unknown-key'
  | 'wrong-type'
  | 'too-large'
  | 'bad-member'
  | 'denied-member'
  | 'duplicate'
  | 'draining-too'
  | 'only-draining'
  | 'no-backends'
  | 'bad-option'
  | 'bad-file';

/** One thing that is wrong, and the commands of Redis that mend it; `null` where a person has to decide. */
export interface Finding {
  readonly rule: Rule;
  /** The key in Redis, or the host in a route file. */
  readonly at: string;
  readonly what: string;
  readonly mend: readonly (readonly string[])[] | null;
}
