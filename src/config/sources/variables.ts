import { didYouMean } from '../values/nearest.ts';
import { variableOf, type Option } from '../option.ts';
import { OPTION_ROWS, type OptionKey } from '../options.ts';
import type { Given, Source } from './given.ts';

const PREFIX = 'SLUICE_';

export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * What the environment says. Lists are separated by commas or spaces; an empty variable is not set.
 * A variable that is no option's is only worth a warning: Kubernetes sets `SLUICE_PORT` and its like
 * in every pod beside a Service called sluice.
 */
export function variablesSource(env: Variables): Source {
  const given = new Map<OptionKey, Given>();
  for (const [key, option] of OPTION_ROWS) {
    const path = variableOf(option);
    const text = env[path];
    if (text === undefined || text === '') continue;
    const texts = split(option, text).map((part) => ({ path, text: part }));
    given.set(key, { path, texts, whole: true });
  }
  return { given, complaints: [], warnings: warnings(env) };
}

function split(option: Option, text: string): string[] {
  return option.arity === 'many' ? text.split(/[\s,]+/).filter((part) => part !== '') : [text];
}

function warnings(env: Variables): string[] {
  const known = OPTION_ROWS.map(([, option]) => variableOf(option));
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .map((name) => `${name}: no option has this name; ignored${didYouMean(name, known)}`);
}
