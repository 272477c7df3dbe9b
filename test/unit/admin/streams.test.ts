import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page, Sink } from '../../../src/admin/answer.ts';
import { STREAM_LIMITS } from '../../../src/admin/streams.ts';
import { connectRaw } from '../../support/raw-client.ts';
import { eventually } from '../../support/wait.ts';
import { openedAdmin } from './open.ts';

const PATH = '/api/v1/events';
const ASK = `GET ${PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;

/** A stream that does as the test says. */
class Source {
  readonly sinks: Sink[] = [];
  stopped = 0;
  unused = 0;
  readonly page: Page = () => ({
    status: 200,
    type: 'text/event-stream',
    stream: (sink) => {
      this.sinks.push(sink);
      return () => void (this.stopped += 1);
    },
    unused: () => void (this.unused += 1),
  });
}

test('a stream is text as it comes, until its source ends it', async (t) => {
  const source = new Source();
  const { address } = await openedAdmin(t, { pages: { [PATH]: source.page } });
  const response = await fetch(`http://${address}${PATH}`);
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  const [sink] = source.sinks;
  assert.equal(sink!.write('event: one\n\n'), true);
  sink!.end();
  assert.equal(await response.text(), 'event: one\n\n');
  assert.equal(source.stopped, 1);
  assert.equal(sink!.write('event: late\n\n'), false);
});

test('HEAD of a stream starts none', async (t) => {
  const source = new Source();
  const { address } = await openedAdmin(t, { pages: { [PATH]: source.page } });
  const response = await fetch(`http://${address}${PATH}`, { method: 'HEAD' });
  assert.equal(response.status, 200);
  assert.deepEqual([source.sinks.length, source.unused], [0, 1]);
});

test('a source is told once when its client is gone', async (t) => {
  const source = new Source();
  const { address } = await openedAdmin(t, { pages: { [PATH]: source.page } });
  await using client = await connectRaw(address);
  await client.send(ASK);
  await eventually(() => source.sinks.length === 1);
  client.reset();
  await eventually(() => source.stopped === 1);
  source.sinks[0]!.end();
  assert.equal(source.stopped, 1);
});

test('a comment line tells both sides that the other is there', async (t) => {
  const source = new Source();
  const streams = { ...STREAM_LIMITS, beatMs: 10 };
  const { address } = await openedAdmin(t, { pages: { [PATH]: source.page } }, { streams });
  const response = await fetch(`http://${address}${PATH}`);
  const reader = response.body!.getReader();
  const { value } = await reader.read();
  assert.equal(Buffer.from(value).toString(), ':\n\n');
  await reader.cancel();
});

test('there are so many streams at once, and no more until one ends', async (t) => {
  const source = new Source();
  const streams = { ...STREAM_LIMITS, streams: 2 };
  const { address } = await openedAdmin(t, { pages: { [PATH]: source.page } }, { streams });
  const ask = () => fetch(`http://${address}${PATH}`);
  const [one, two] = await Promise.all([ask(), ask()]);
  const refused = await ask();
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('retry-after'), '10');
  assert.deepEqual(await refused.json(), { error: 'too many watch already' });
  assert.equal(source.unused, 1);
  source.sinks[0]!.end();
  assert.equal((await ask()).status, 200);
  assert.deepEqual([one.status, two.status], [200, 200]);
});

test('of a client that never reads little is kept, nothing in half, and then it is cut', async (t) => {
  const source = new Source();
  const { address } = await openedAdmin(
    t,
    { pages: { [PATH]: source.page } },
    { silenceMs: 1000, streams: { ...STREAM_LIMITS, beatMs: 100 } },
  );
  await using client = await connectRaw(address);
  client.stopReading();
  await client.send(ASK);
  const sink = await eventually(() => source.sinks[0]);
  const text = 'x'.repeat(STREAM_LIMITS.queued / 2);
  // What the kernel takes on top of our 256 KiB has a bound, too.
  await eventually(() => !sink.write(text));
  assert.equal(sink.write('y'.repeat(STREAM_LIMITS.queued)), false);
  // That there is more to say is no sign of life from the client.
  await eventually(() => {
    sink.write('z');
    return source.stopped === 1;
  });
  assert.equal(sink.write('late'), false);
});

test('the end of the edge ends every stream at once', async (t) => {
  const source = new Source();
  const { address, close } = await openedAdmin(t, { pages: { [PATH]: source.page } });
  const response = await fetch(`http://${address}${PATH}`);
  await close();
  assert.equal(source.stopped, 1);
  assert.equal(await response.text(), '');
});
