/** A longer word is no command that anybody would paste. */
const MAX_WORD = 1024;
const PLAIN = /^[A-Za-z0-9_.,:/@%+=-]+$/;
const PRINTABLE = /^[\x20-\x7e]+$/;
/** What Redis' bytes become that are no UTF-8: which bytes they were is not known any more. */
const UNKNOWN_BYTES = '\ufffd';

/**
 * A command line that does exactly this when it is pasted into bash or zsh, whatever is in the words.
 * `null` where there is none: a NUL, bytes that are not known, or far too long a word.
 */
export function shellCommand(words: readonly string[]): string | null {
  const quoted = words.map(shellWord);
  return quoted.includes(null) ? null : quoted.join(' ');
}

function shellWord(word: string): string | null {
  if (word.length > MAX_WORD || word.includes('\0') || word.includes(UNKNOWN_BYTES)) return null;
  if (PLAIN.test(word)) return word;
  if (PRINTABLE.test(word) || word === '') return `'${word.replaceAll("'", String.raw`'\''`)}'`;
  return ansiQuoted(word);
}

// What could move a cursor or turn text around on the way to the shell is written as bytes.
function ansiQuoted(word: string): string {
  const bytes = [...Buffer.from(word)].map((byte) => {
    const character = String.fromCharCode(byte);
    // Two digits always: a third that follows would be read as part of it by no shell.
    return /[A-Za-z0-9_.,:/@%+= -]/.test(character)
      ? character
      : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `$'${bytes.join('')}'`;
}
