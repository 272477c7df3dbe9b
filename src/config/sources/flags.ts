import { flagOf } from '../option.ts';
import { OPTION_ROWS, type OptionKey } from '../options.ts';
import type { Given, Source } from './given.ts';

/** Flags as they were parsed: a string, or an array of strings where one was repeated. */
export type Flags = Readonly<Record<string, unknown>>;

/** What the command line says. Flags that are no option's are none of its business. */
export function flagsSource(flags: Flags): Source {
  const given = new Map<OptionKey, Given>();
  for (const [key, option] of OPTION_ROWS) {
    if (!Object.hasOwn(flags, option.name)) continue;
    const path = flagOf(option);
    const texts = [flags[option.name]].flat().map((text) => ({ path, text: String(text) }));
    given.set(key, { path, texts, whole: true });
  }
  return { given, complaints: [], warnings: [] };
}
