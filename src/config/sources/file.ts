import { readFile } from 'node:fs/promises';
import { getSystemErrorMap } from 'node:util';
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Scalar, YAMLMap } from 'yaml';
import type { Complaint } from '../config-error.ts';
import { didYouMean } from '../values/nearest.ts';
import type { Option } from '../option.ts';
import { OPTION_ROWS, OPTIONS, type OptionKey } from '../options.ts';
import type { Given, GivenText, Source } from './given.ts';

const KEYS = new Map(OPTION_ROWS.map(([key, { name }]) => [name, key]));

/** What a YAML or JSON file says. `askedBy` is where the file was named, and is blamed if it cannot be read. */
export async function fileSource(file: string, askedBy: string): Promise<Source> {
  try {
    return parseFile(file, await readFile(file, 'utf8'));
  } catch (error) {
    const complaint = { path: askedBy, reason: `cannot read ${file}: ${whyUnreadable(error)}` };
    return { given: new Map(), complaints: [complaint], warnings: [] };
  }
}

/** What the text of a file says; JSON is read as the YAML it also is, so that both have line numbers. */
export function parseFile(file: string, text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  });
  const at = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  const [error] = document.errors;
  const top = document.contents;
  // What follows the first syntax error is a guess of the parser's.
  if (error !== undefined) return refused(at(error.pos[0]), syntaxReason(error));
  if (top === null) return { given: new Map(), complaints: [], warnings: [] };
  if (!isMap(top))
    return refused(at(top.range?.[0] ?? 0), 'is not a list of "option: value" lines');
  return new FileReader(document, at).read(top);
}

function refused(path: string, reason: string): Source {
  return { given: new Map(), complaints: [{ path, reason }], warnings: [] };
}

function syntaxReason({ code, message }: { code: string; message: string }): string {
  return code === 'MULTIPLE_DOCS'
    ? 'a second document begins here'
    : `cannot be parsed: ${message}`;
}

function whyUnreadable(error: unknown): string {
  const { errno } = error as NodeJS.ErrnoException;
  return getSystemErrorMap().get(errno ?? 0)?.[1] ?? String(error);
}

/** Walks the top mapping once, collecting what is given and what is wrong. */
class FileReader {
  readonly #document: Document;
  readonly #at: (offset: number) => string;
  readonly #given = new Map<OptionKey, Given>();
  readonly #complaints: Complaint[] = [];

  constructor(document: Document, at: (offset: number) => string) {
    this.#document = document;
    this.#at = at;
  }

  read(map: YAMLMap): Source {
    for (const { key, value } of map.items) this.#readOption(key, this.#resolve(value));
    return { given: this.#given, complaints: this.#complaints, warnings: [] };
  }

  #readOption(nameNode: unknown, value: unknown): void {
    const name = isScalar(nameNode) ? scalarText(nameNode) : String(nameNode);
    const path = `${this.#at(startOf(nameNode))}: ${name}`;
    const key = KEYS.get(name);
    if (key === undefined) {
      this.#complain(path, `no option has this name${didYouMean(name, [...KEYS.keys()])}`);
    } else if (OPTIONS[key].notInFile === true) {
      this.#complain(path, 'cannot be given in a file');
    } else if (this.#given.has(key)) {
      this.#complain(path, 'is given twice');
    } else {
      const before = this.#complaints.length;
      const texts = this.#readTexts(path, OPTIONS[key], value);
      this.#given.set(key, { path, texts, whole: this.#complaints.length === before });
    }
  }

  #readTexts(path: string, option: Option, value: unknown): GivenText[] {
    if (!isSeq(value) || option.arity !== 'many') return this.#readText(path, value);
    return value.items.flatMap((item, index) => {
      const itemPath = `${this.#at(startOf(item))}: ${option.name}[${index}]`;
      return this.#readText(itemPath, this.#resolve(item));
    });
  }

  #readText(path: string, value: unknown): GivenText[] {
    if (isScalar(value) && value.value !== null) return [{ path, text: scalarText(value) }];
    this.#complain(path, isScalar(value) ? 'has no value' : 'is not a single value');
    return [];
  }

  #resolve(value: unknown): unknown {
    return isAlias(value) ? value.resolve(this.#document) : value;
  }

  #complain(path: string, reason: string): void {
    this.#complaints.push({ path, reason });
  }
}

// As written: `007` stays `007`, and `off` or `1e3` are for the option to judge.
function scalarText(scalar: Scalar): string {
  return scalar.source ?? String(scalar.value);
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
