const MAX_SHOWN = 200;

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ETIMEDOUT: 'no answer to a connection',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name cannot be resolved now',
  ENOENT: 'there is no such socket',
  EACCES: 'no permission for its socket',
};

/** What is wrong with Redis, in a few words that never hold the password. */
export function redisProblem(error: unknown, password: string): string {
  const { code, message } = error instanceof Error ? withCode(error) : { code: '', message: '' };
  const text = WORDS[code] ?? firstLine(message);
  // An old Redis repeats the arguments of a command it does not know.
  return password === '' ? text : text.replaceAll(password, '***');
}

function withCode(error: Error): { code: string; message: string } {
  return { code: 'code' in error ? String(error.code) : '', message: error.message };
}

// ioredis' own two sentences say less than they could.
function firstLine(message: string): string {
  if (message === 'Command timed out') return 'no answer to a command';
  if (message === 'Connection is closed.') return 'connection closed';
  return message.split('\n', 1)[0]!.slice(0, MAX_SHOWN) || 'failed without a reason';
}
