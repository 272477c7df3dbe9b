import type { Complaint } from './config-error.ts';
import { flagOf, type Option } from './option.ts';
import type { Given, GivenText } from './sources/given.ts';

// Enough to recognise what was written; a whole pasted file would bury the reason.
const MAX_SHOWN = 80;

/** What a source's texts say: a value, or `undefined` and why. */
export interface OptionReading {
  readonly value: unknown;
  readonly complaints: readonly Complaint[];
}

/** Read what one source gives an option, every text of it. */
export function readOption(option: Option, { path, texts, whole }: Given): OptionReading {
  const single = option.arity !== 'many';
  if (single && texts.length > 1) {
    return { value: undefined, complaints: [{ path, reason: 'is given more than once' }] };
  }
  const values: unknown[] = [];
  const complaints: Complaint[] = [];
  for (const given of texts) {
    const parsed = option.parse(given.text);
    if ('value' in parsed) values.push(parsed.value);
    else complaints.push({ path: given.path, reason: `${shown(option, given)} ${parsed.reason}` });
  }
  if (complaints.length > 0 || !whole) return { value: undefined, complaints };
  return { value: single ? values[0] : values, complaints };
}

/** The value of an option that no source mentions. */
export function readDefault(option: Option): OptionReading {
  if (option.arity === 'optional') return { value: null, complaints: [] };
  const path = flagOf(option);
  const texts = option.defaults().map((text) => ({ path, text }));
  return readOption(option, { path, texts, whole: true });
}

function shown(option: Option, { text }: GivenText): string {
  if (option.secret === true) return 'what is given';
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}
