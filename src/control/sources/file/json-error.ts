// RFC 8259: a structural character, a number, a literal, or the quote that begins a string.
const TOKEN = /[{}[\],:"]|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy;
// In pieces: the whole of a string of megabytes would be more than the stack can hold.
const STRING_PIECE = /(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})){1,4096}/uy;
const SPACE = /[ \t\n\r]*/y;

/** What may come next: a value or a key, perhaps the end of an empty list, or what follows a value. */
type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'next';

/**
 * The offset at which `text` stops being JSON, or its length when it is JSON or ends too early.
 * `JSON.parse` of Node 20 does not always say where.
 */
export function jsonErrorOffset(text: string): number {
  const open: string[] = [];
  let expected: Expected | null = 'value';
  let offset = skipSpace(text, 0);
  while (offset < text.length) {
    TOKEN.lastIndex = offset;
    const token = TOKEN.exec(text)?.[0];
    const end = token === '"' ? stringEnd(text, offset) : TOKEN.lastIndex;
    if (token === undefined || end === null) return offset;
    expected = follow(expected, token, open);
    if (expected === null) return offset;
    offset = skipSpace(text, end);
  }
  return offset;
}

/** Line and column, from 1, of an offset. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

// What is expected after `token`, or `null` when it was not expected itself.
function follow(expected: Expected, token: string, open: string[]): Expected | null {
  if (expected === 'colon') return token === ':' ? 'value' : null;
  if (expected === 'next') return followValue(token, open);
  if (expected.startsWith('key')) return followKeyPlace(expected, token, open);
  return followValuePlace(expected, token, open);
}

function followValuePlace(expected: Expected, token: string, open: string[]): Expected | null {
  if (token === ']' && expected === 'value or ]') return close(open);
  if ('}],:'.includes(token)) return null;
  if (token !== '{' && token !== '[') return 'next';
  open.push(token);
  return token === '{' ? 'key or }' : 'value or ]';
}

function followKeyPlace(expected: Expected, token: string, open: string[]): Expected | null {
  if (token === '}' && expected === 'key or }') return close(open);
  return token === '"' ? 'colon' : null;
}

function followValue(token: string, open: string[]): Expected | null {
  const within = open.at(-1);
  if (token === ',' && within !== undefined) return within === '{' ? 'key' : 'value';
  const closes = (token === '}' && within === '{') || (token === ']' && within === '[');
  return closes ? close(open) : null;
}

function close(open: string[]): Expected {
  open.pop();
  return 'next';
}

// The offset behind a string that begins at `start`, or `null` when it does not end as one.
function stringEnd(text: string, start: number): number | null {
  let end = start + 1;
  STRING_PIECE.lastIndex = end;
  while (STRING_PIECE.test(text)) end = STRING_PIECE.lastIndex;
  return text[end] === '"' ? end + 1 : null;
}

function skipSpace(text: string, offset: number): number {
  SPACE.lastIndex = offset;
  SPACE.exec(text);
  return SPACE.lastIndex;
}
