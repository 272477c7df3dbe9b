import type { Document } from 'yaml';
import { jsonDuplicateKey } from './duplicate-key.ts';
import { jsonErrorOffset, lineAndColumn } from './json-error.ts';

const DUPLICATE = 'a key is there twice';

/** What a text says, or where and why it says nothing. Line and column count from 1. */
export type ParsedDocument =
  | { readonly value: unknown }
  | { readonly reason: string; readonly line: number | null; readonly column: number | null };

/** Parse YAML 1.2 or JSON. */
export async function parseDocument(
  text: string,
  format: 'yaml' | 'json',
): Promise<ParsedDocument> {
  return format === 'yaml' ? await parseYaml(text) : parseJson(text);
}

function parseJson(text: string): ParsedDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const offset = jsonErrorOffset(text);
    const found = text.slice(offset, offset + 1);
    const reason =
      found === '' ? 'is not JSON: it ends too early' : `is not JSON: unexpected ${found}`;
    return { reason, ...lineAndColumn(text, offset) };
  }
  const duplicate = jsonDuplicateKey(text);
  if (duplicate === null) return { value };
  return { reason: DUPLICATE, ...lineAndColumn(text, duplicate) };
}

async function parseYaml(text: string): Promise<ParsedDocument> {
  // Only who has a YAML file pays for the parser.
  const yaml = await import('yaml');
  // Its own look for duplicate keys compares each with every other: minutes for a large file.
  const document = yaml.parseDocument(text, { uniqueKeys: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const at = lineAndColumn(text, error.pos[0]);
    return {
      reason: `is not YAML: ${yamlProblem(error.message, text.split('\n')[at.line - 1])}`,
      ...at,
    };
  }
  const duplicate = yamlDuplicateKey(yaml, document);
  if (duplicate !== null) {
    return { reason: DUPLICATE, ...lineAndColumn(text, duplicate) };
  }
  try {
    return { value: document.toJS() };
  } catch (cause) {
    // Aliases that would unfold to more than the parser allows.
    return { reason: `is not YAML: ${String(cause)}`, line: null, column: null };
  }
}

/** The offset of the first key that its mapping had before (YAML 1.2 section 3.2.1.3). */
function yamlDuplicateKey(yaml: typeof import('yaml'), document: Document): number | null {
  let offset: number | null = null;
  yaml.visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        const name = yaml.isScalar(key) ? key.value : key;
        if (seen.has(name)) offset ??= yaml.isNode(key) ? (key.range?.[0] ?? 0) : 0;
        seen.add(name);
      }
      return offset === null ? undefined : yaml.visit.BREAK;
    },
  });
  return offset;
}

function yamlProblem(message: string, line = ''): string {
  // YAML takes `*.example.com` for an alias, and says so in words that nobody understands.
  if (/^\s*\*/.test(line)) return 'a name that starts with `*` needs quotes';
  return message.split(/ at line \d+/, 1)[0]!;
}
