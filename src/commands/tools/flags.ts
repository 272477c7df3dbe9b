import { duration } from '../../config/values/duration.ts';
import type { CommandInput } from '../command.ts';
import { ConfigError } from '../../config/config-error.ts';

/** Whether a switch is on. */
export function isOn({ flags }: CommandInput, name: string): boolean {
  return [flags[name]].flat().includes(true);
}

/** The values of a flag that may be repeated. */
export function textsOf({ flags }: CommandInput, name: string): readonly string[] {
  return flags[name] === undefined ? [] : [flags[name]].flat().map(String);
}

/** The value of a flag, or `null`. Throws a `ConfigError` where it is given more than once. */
export function textOf(input: CommandInput, name: string): string | null {
  const texts = textsOf(input, name);
  if (texts.length > 1) throw complaint(name, 'is given more than once');
  return texts[0] ?? null;
}

/** A whole number from 1 up, or `null`. Throws a `ConfigError` for anything else. */
export function numberOf(input: CommandInput, name: string): number | null {
  const text = textOf(input, name);
  if (text === null) return null;
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw complaint(name, `${JSON.stringify(text)} is not a whole number from 1 up`);
  return Number(text);
}

/** Milliseconds, or `null`. Throws a `ConfigError` where it is no duration. */
export function durationOf(input: CommandInput, name: string): number | null {
  const text = textOf(input, name);
  if (text === null) return null;
  const parsed = duration(0)(text);
  if ('value' in parsed) return parsed.value;
  throw complaint(name, `${JSON.stringify(text)} ${parsed.reason}`);
}

/** What is wrong with a flag, as a `ConfigError` of one line. */
export function complaint(name: string, reason: string): ConfigError {
  return new ConfigError([{ path: `--${name}`, reason }]);
}
