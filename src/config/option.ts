import type { Parse } from './values/parsed.ts';

/** The headings of `--help`, in its order. */
export const GROUPS = ['Listening', 'Routes', 'Backends', 'Sessions', 'Operation'] as const;

export type Group = (typeof GROUPS)[number];

/** `one` always has a value, `optional` may be absent, `many` is a list, perhaps empty. */
export type Arity = 'one' | 'optional' | 'many';

/** One row of the option table. */
export interface Option<A extends Arity = Arity, T = unknown> extends OptionText<T> {
  readonly arity: A;
  readonly group: Group;
  /** What the operator would have had to write: as many texts as the arity allows. */
  readonly defaults: () => readonly string[];
}

export interface OptionText<T> {
  /** The flag without its dashes, and the key in the file; the variable is made from it. */
  readonly name: string;
  /** What stands for the value in `--help`. */
  readonly argument: string;
  readonly summary: string;
  readonly parse: Parse<T>;
  /** How the default reads where its text would mislead. */
  readonly shownDefault?: string;
  /** The value may hold a password and appears in no message. */
  readonly secret?: true;
  /** The one option that cannot stand in the file: where the file is. */
  readonly notInFile?: true;
}

/** What the configuration holds for an option. */
export type ValueOf<O> =
  O extends Option<infer A, infer T>
    ? { readonly one: T; readonly optional: T | null; readonly many: readonly T[] }[A]
    : never;

export function one<T>(
  group: Group,
  text: OptionText<T> & { readonly default: string | (() => string) },
): Option<'one', T> {
  const { default: given, ...rest } = text;
  const defaults = () => [typeof given === 'string' ? given : given()];
  return { ...rest, arity: 'one', group, defaults };
}

export function optional<T>(group: Group, text: OptionText<T>): Option<'optional', T> {
  return { ...text, arity: 'optional', group, defaults: () => [] };
}

export function many<T>(
  group: Group,
  text: OptionText<T> & { readonly default?: readonly string[] },
): Option<'many', T> {
  const { default: given = [], ...rest } = text;
  return { ...rest, arity: 'many', group, defaults: () => given };
}

/** `--hello-timeout` */
export function flagOf(option: Option): string {
  return `--${option.name}`;
}

/** `SLUICE_HELLO_TIMEOUT` */
export function variableOf(option: Option): string {
  return `SLUICE_${option.name.toUpperCase().replaceAll('-', '_')}`;
}
