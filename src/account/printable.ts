// A backslash among them, so that nobody can write an escape of their own.
const UNPRINTABLE = /[^\x20-\x5b\x5d-\x7e]/gu;
const NOT_ASCII = /[^\x20-\x7e]/gu;

/**
 * A stranger's text as ASCII that can be shown on a terminal: anything else, and whatever `but` matches
 * instead, becomes `\xNN` or `\u{N}`. JSON alone lets C1 controls and bidi marks through.
 */
export function printable(text: string, but: RegExp = UNPRINTABLE): string {
  return text.replace(but, escape);
}

/** The same of words that are ours as well, and may have been made printable already: backslashes stay. */
export function inAscii(text: string): string {
  return printable(text, NOT_ASCII);
}

function escape(character: string): string {
  const code = character.codePointAt(0)!;
  const digits = code.toString(16);
  return code > 0xff ? `\\u{${digits}}` : `\\x${digits.padStart(2, '0')}`;
}
