const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** The offset of the first key that its object had before, or `null`. `text` must be JSON. */
export function jsonDuplicateKey(text: string): number | null {
  const open: Set<string>[] = [];
  let offset = 0;
  while (offset < text.length) {
    const code = text.charCodeAt(offset);
    if (code === OPEN) open.push(new Set());
    if (code === CLOSE) open.pop();
    if (code !== QUOTE) {
      offset++;
      continue;
    }
    const end = stringEnd(text, offset);
    if (isBeforeColon(text, end)) {
      const keys = open.at(-1)!;
      const key = keyOf(text.slice(offset, end));
      if (keys.has(key)) return offset;
      keys.add(key);
    }
    offset = end;
  }
  return null;
}

// No regular expression: one that repeats an alternation runs out of stack on a string of megabytes.
function stringEnd(text: string, start: number): number {
  let offset = start + 1;
  while (text.charCodeAt(offset) !== QUOTE) {
    offset += text.charCodeAt(offset) === BACKSLASH ? 2 : 1;
  }
  return offset + 1;
}

function isBeforeColon(text: string, end: number): boolean {
  let offset = end;
  while (text.charCodeAt(offset) <= 0x20) offset++;
  return text.charCodeAt(offset) === COLON;
}

// `"\u0061"` and `"a"` are one key.
function keyOf(quoted: string): string {
  return quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
}
