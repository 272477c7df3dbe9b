const TOKEN_KEY = 'sluice-token';
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
// The edge sends a comment every 5 s: whoever is silent for this long is gone.
const SILENCE_MS = 12_000;
// An overview is some tens of kilobytes; more than this without an end is no edge.
const LONGEST_EVENT = 4_000_000;

/** The edge wants a token, or another one. */
class TokenWanted extends Error {
  message = 'it asks for its token';
}

/** The JSON of a page of the API. Throws an error that says what went wrong. */
export async function ask(path, signal = AbortSignal.timeout(SILENCE_MS)) {
  const response = await request(path, signal);
  if (response.status === 401) throw new TokenWanted();
  const text = await response.text();
  if (!(response.headers.get('content-type') ?? '').includes('json'))
    throw new Error(`${response.status} ${text.slice(0, 300)}`);
  return JSON.parse(text);
}

/** The token of this tab, or `null`. */
function token() {
  return sessionStorage.getItem(TOKEN_KEY);
}

/** Keep a token for as long as this tab is open, and no longer. */
export function keepToken(value) {
  if (value === null) sessionStorage.removeItem(TOKEN_KEY);
  else sessionStorage.setItem(TOKEN_KEY, value);
}

/**
 * Follows the events of the edge for as long as the page is open, through its restarts. `on.event(name, data)`
 * is told of each, `on.state` of `{ kind: 'live' }`, `{ kind: 'away', why, seconds }` and `{ kind: 'token', refused }`,
 * which is where it stops until it is asked to `start` again.
 */
export class Feed {
  #on;
  #fails = 0;

  constructor(on) {
    this.#on = on;
  }

  async start() {
    for (;;) {
      try {
        await this.#follow();
        this.#fails = 0;
        await this.#wait('The edge ended the stream');
      } catch (error) {
        if (error instanceof TokenWanted) {
          const refused = token() !== null;
          keepToken(null);
          return this.#on.state({ kind: 'token', refused });
        }
        await this.#wait(reasonOf(error));
      }
    }
  }

  async #follow() {
    const gone = new AbortController();
    let timer = setTimeout(() => gone.abort(), SILENCE_MS);
    try {
      const response = await request('api/v1/events', gone.signal);
      if (response.status === 401) throw new TokenWanted();
      if (!response.ok) throw new Error(`The edge says: ${(await response.text()).slice(0, 300)}`);
      const parser = new EventParser((name, data) => this.#take(name, data));
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(timer);
        timer = setTimeout(() => gone.abort(), SILENCE_MS);
        parser.push(value);
      }
    } finally {
      clearTimeout(timer);
      gone.abort();
    }
  }

  #take(name, data) {
    this.#fails = 0;
    this.#on.state({ kind: 'live' });
    this.#on.event(name, data);
  }

  async #wait(why) {
    const longest = Math.min(FIRST_WAIT_MS * 2 ** this.#fails, LONGEST_WAIT_MS);
    this.#fails += 1;
    // A part of it by chance, so that the pages of a whole team do not all come back at once.
    const wait = longest * (0.7 + 0.3 * Math.random());
    this.#on.state({ kind: 'away', why, seconds: Math.ceil(wait / 1000) });
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** Takes server-sent events from the text they come in (WHATWG HTML section 9.2.6), whatever it is cut into. */
export class EventParser {
  #rest = '';
  #on;

  constructor(on) {
    this.#on = on;
  }

  push(text) {
    const events = (this.#rest + text).split('\n\n');
    this.#rest = events.pop();
    if (this.#rest.length > LONGEST_EVENT) throw new Error('The edge sends an event without end');
    for (const event of events) this.#read(event);
  }

  #read(event) {
    let name = 'message';
    const data = [];
    for (const line of event.split('\n')) {
      if (line.startsWith('event: ')) name = line.slice(7);
      if (line.startsWith('data: ')) data.push(line.slice(6));
    }
    if (data.length > 0) this.#on(name, JSON.parse(data.join('\n')));
  }
}

function request(path, signal) {
  const secret = token();
  const headers = secret === null ? {} : { Authorization: `Bearer ${secret}` };
  return fetch(path, { headers, signal, cache: 'no-store', redirect: 'error' });
}

function reasonOf(error) {
  if (error.name === 'AbortError') return 'Nothing was heard of the edge';
  return error instanceof TypeError ? 'The edge does not answer' : error.message;
}
