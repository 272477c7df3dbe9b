/** What a backend of ours answers: lines of `key=value`, with what it learned of the connection. */
export type Echo = Readonly<Record<string, string>>;

/** Read the body of an answer. */
export function readEcho(body: string): Echo {
  const pairs = body
    .split('\n')
    .filter((line) => line.includes('='))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
  return Object.fromEntries(pairs);
}
