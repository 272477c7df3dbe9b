import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionFeeds } from '../../../../src/control/feed/session-feeds.ts';
import { SessionsPage } from '../../../../src/control/feed/sessions-page.ts';
import { eventually } from '../../../support/wait.ts';

/** A client that takes what it is sent, unless it `isSlow`. */
class Client {
  readonly seen: string[] = [];
  isSlow = false;

  write(text: string): boolean {
    if (!this.isSlow) this.seen.push(text);
    return !this.isSlow;
  }
}

function watch(page: SessionsPage, client: Client, query = ''): () => void {
  const answer = page.answer(new URLSearchParams(query));
  assert.ok('stream' in answer, JSON.stringify(answer));
  assert.deepEqual([answer.status, answer.type], [200, 'text/event-stream']);
  return answer.stream(client);
}

const WATCHING = 'event: watching\ndata: {"version":1}\n\n';

test('a watcher gets an event for each session', () => {
  const feeds = new SessionFeeds(() => 1);
  const client = new Client();
  const end = watch(new SessionsPage(feeds), client);
  feeds.begun(1);
  feeds.take({ feed: 1, lines: '{"a":1}\n{"b":2}\n', missed: 0 });
  end();
  assert.deepEqual(client.seen, [
    WATCHING,
    'event: session\ndata: {"a":1}\n\n',
    'event: session\ndata: {"b":2}\n\n',
  ]);
});

test('what a slow client could not be told is counted with what was too fast', async () => {
  const feeds = new SessionFeeds(() => 1);
  const client = new Client();
  const end = watch(new SessionsPage(feeds), client);
  feeds.begun(1);
  client.isSlow = true;
  feeds.take({ feed: 1, lines: '{"a":1}\n{"b":2}\n', missed: 5 });
  client.isSlow = false;
  await eventually(() => client.seen.length === 2);
  end();
  assert.deepEqual(client.seen, [WATCHING, 'event: missed\ndata: {"missed":7}\n\n']);
});

test('eight watch at once, and room is made by whoever leaves', () => {
  const page = new SessionsPage(new SessionFeeds(() => 1));
  const ends = Array.from({ length: 8 }, () => watch(page, new Client()));
  const refused = page.answer(new URLSearchParams());
  assert.equal(refused.status, 503);
  assert.ok('body' in refused);
  assert.deepEqual(refused.headers, { 'Retry-After': '10' });
  ends.pop()!();
  ends.push(watch(page, new Client()));
  for (const end of ends) end();
});

test('of those who ask at the same time eight may watch, and who does not begin leaves its place', () => {
  const page = new SessionsPage(new SessionFeeds(() => 1));
  const answers = Array.from({ length: 9 }, () => page.answer(new URLSearchParams()));
  const statuses = answers.map(({ status }) => status);
  assert.deepEqual(statuses, [...Array.from({ length: 8 }, () => 200), 503]);
  for (const answer of answers) if ('stream' in answer) answer.unused();
  const ends = Array.from({ length: 8 }, () => watch(page, new Client()));
  assert.equal(page.answer(new URLSearchParams()).status, 503);
  for (const end of ends) end();
});

test('a question that makes no sense is refused with its part', () => {
  const page = new SessionsPage(new SessionFeeds(() => 1));
  const answer = page.answer(new URLSearchParams('client=nobody'));
  assert.ok('body' in answer);
  assert.deepEqual([answer.status, 'part' in answer.body && answer.body.part], [400, 'client']);
});

test('a failure that has just happened is found by its id', () => {
  const feeds = new SessionFeeds(() => 1);
  feeds.take({ feed: 0, lines: '{"id":"a-0-1","x":1}\n{"id":"a-0-12","x":2}\n', missed: 0 });
  const client = new Client();
  const end = watch(new SessionsPage(feeds), client, 'id=a-0-1');
  feeds.begun(1);
  end();
  assert.deepEqual(client.seen, [WATCHING, 'event: session\ndata: {"id":"a-0-1","x":1}\n\n']);
});
