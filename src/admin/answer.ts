/** What a page answers with: text, an object that becomes JSON, or a stream. */
export type Answer = TextAnswer | ApiAnswer | StreamAnswer;

export type Page = (query: URLSearchParams) => Answer | Promise<Answer>;

export interface TextAnswer {
  readonly status: number;
  /** Much text is better given in UTF-8: to encode it takes milliseconds. */
  readonly text: string | Buffer;
  /** `text/plain` where it is not given. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a page of the API answers with: a status of HTTP, and what becomes JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Text without an end, as it comes. */
export interface StreamAnswer {
  readonly status: number;
  readonly type: string;
  /** Begin; what it returns is called once, when the client is gone or the edge stops. */
  stream(sink: Sink): () => void;
  /** Called once instead of `stream` when it will not begin: it was only HEAD, or the client is gone. */
  unused?(): void;
}

/** Where a stream goes. */
export interface Sink {
  /** `false` when the client is too slow: the text was dropped, whole. */
  write(text: string): boolean;
  end(): void;
}

/** Why a request is not answered. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const API = /^\/api(?:\/|$)/;
const UNPRINTABLE = /[^\x20-\x7e]/g;

/** A refusal as whoever asks for this path expects it: the API speaks JSON, the rest is words. */
export function refused(
  path: string,
  { status, reason, headers = {} }: Refusal,
): TextAnswer | ApiAnswer {
  const error = reason.replace(UNPRINTABLE, '?');
  if (API.test(path)) return { status, body: { error }, headers };
  return { status, text: `${error}\n`, headers };
}

/** An answer as it is sent; an object as one line, as the tools' `--json` prints it. */
export function asText(answer: TextAnswer | ApiAnswer): TextAnswer {
  if ('text' in answer) return answer;
  const { body, ...rest } = answer;
  return { ...rest, text: `${JSON.stringify(body)}\n`, type: 'application/json' };
}
