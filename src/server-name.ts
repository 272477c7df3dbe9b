/** A lower-case DNS name that may be looked up: the only kind of name that leaves the inspect stage. */
export type ServerName = string & { readonly [brand]: never };
declare const brand: unique symbol;

// RFC 1035 section 2.3.4: 255 octets on the wire are 253 characters of text.
const MAX_NAME_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;
const DOT = '.';
// What `inet_aton` or a browser would take for an IPv4 address: the last label is all digits or 0x….
const NUMERIC_LABEL = /^(?:[0-9]+|0x[0-9a-f]*)$/;

const REFUSED = 0;
const LOWER = 1;
const UPPER = 2;
const SEPARATOR = 4;
/** What each ASCII character is in a name; everything beyond ASCII is refused before any folding. */
const KINDS = kindsOfCharacters();

/**
 * Parse a server name as it came from a client or from an operator.
 *
 * Lower-cases ASCII, drops one trailing dot, allows the underscore and a hyphen anywhere in a label:
 * names like `-a-.example.com` resolve and are in use. Returns `null` for anything else that is not a
 * DNS name: an empty name or label, a label over 63 bytes, a name over 253, an IP literal in any
 * spelling, control characters, NUL, non-ASCII (RFC 6066 section 3, RFC 1035).
 */
export function parseServerName(text: string): ServerName | null {
  const end = text.endsWith(DOT) ? text.length - 1 : text.length;
  if (end === 0 || end > MAX_NAME_LENGTH) return null;
  const kinds = readLabels(text, end);
  if (kinds === REFUSED) return null;
  const whole = end === text.length ? text : text.slice(0, end);
  const name = kinds & UPPER ? whole.toLowerCase() : whole;
  return endsInNumber(name) ? null : (name as ServerName);
}

/** All kinds of character in the labels up to `end`, or REFUSED. One pass: every session pays for it. */
function readLabels(text: string, end: number): number {
  let kinds = REFUSED;
  let label = 0;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    const kind = code < KINDS.length ? KINDS[code]! : REFUSED;
    if (kind === REFUSED) return REFUSED;
    kinds |= kind;
    if (kind !== SEPARATOR) continue;
    if (!isLabelLength(i - label)) return REFUSED;
    label = i + 1;
  }
  return isLabelLength(end - label) ? kinds : REFUSED;
}

function isLabelLength(length: number): boolean {
  return length > 0 && length <= MAX_LABEL_LENGTH;
}

function endsInNumber(name: string): boolean {
  const label = name.lastIndexOf(DOT) + 1;
  const first = name.charCodeAt(label);
  // Hardly a name has a digit there: spare the others the slice and the expression.
  return first >= 0x30 && first <= 0x39 && NUMERIC_LABEL.test(name.slice(label));
}

function kindsOfCharacters(): Uint8Array {
  const kinds = new Uint8Array(128);
  for (const character of 'abcdefghijklmnopqrstuvwxyz') {
    kinds[character.charCodeAt(0)] = LOWER;
    kinds[character.toUpperCase().charCodeAt(0)] = UPPER;
  }
  kinds[DOT.charCodeAt(0)] = SEPARATOR;
  for (const character of '0123456789-_') kinds[character.charCodeAt(0)] = LOWER;
  return kinds;
}
