import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  EMPTY_RECORD,
  sameRecord,
  type RouteRecord,
} from '../../src/control/sources/routes/route-record.ts';
import type { RouteSink, RouteSource, SourceLog } from '../../src/control/sources/source.ts';

const TIMEOUT_MS = 20_000;

/** A sink that keeps the table it was told, and lets a test wait for it. */
export class RecordingSink implements RouteSink {
  readonly routes = new Map<string, RouteRecord>();
  readonly problems = new Map<string, string>();
  /** Every call, in order: `replace`, `change app.example.com`, `problem a..b`. */
  readonly calls: string[] = [];
  #waiting: (() => void)[] = [];

  replace(all: ReadonlyMap<string, RouteRecord>): void {
    this.routes.clear();
    for (const [key, record] of all) this.routes.set(key, record);
    this.#record('replace');
  }

  change(key: string, record: RouteRecord | null): void {
    if (record === null) this.routes.delete(key);
    else this.routes.set(key, record);
    this.#record(`change ${key}`);
  }

  onProblem(key: string, reason: string): void {
    this.problems.set(key, reason);
    this.#record(`problem ${key}`);
  }

  /** Resolves once it holds, which is looked at after every call. */
  async until(holds: (sink: RecordingSink) => boolean): Promise<void> {
    while (!holds(this)) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  /** The backends of a route; none when there is no route. */
  backends(key: string): readonly string[] {
    return this.routes.get(key)?.backends ?? [];
  }

  /** Resolves once the route has exactly these backends; none: once it is gone or has no more. */
  async untilRoute(key: string, ...members: readonly string[]): Promise<void> {
    await this.until(() => this.backends(key).join() === members.join());
  }

  /** Resolves once the route is exactly this; nothing: once it is gone. */
  async untilRecord(key: string, parts: Partial<RouteRecord>): Promise<void> {
    const record = { ...EMPTY_RECORD, ...parts };
    await this.until(() => sameRecord(this.routes.get(key) ?? EMPTY_RECORD, record));
  }

  #record(call: string): void {
    this.calls.push(call);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** A log that keeps its lines and lets a test wait for one. */
export class RecordingLog implements SourceLog {
  readonly lines: string[] = [];
  #waiting: (() => void)[] = [];

  info(fields: object, message: string): void {
    this.#record('info', fields, message);
  }

  warn(fields: object, message: string): void {
    this.#record('warn', fields, message);
  }

  error(fields: object, message: string): void {
    this.#record('error', fields, message);
  }

  /** Resolves to the first line that has the text, once there is one. */
  async untilLine(text: string): Promise<string> {
    for (;;) {
      const line = this.lines.find((known) => known.includes(text));
      if (line !== undefined) return line;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  #record(level: string, fields: object, message: string): void {
    this.lines.push(`${level}: ${message} ${JSON.stringify(fields)}`);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** A place where routes can be written, and a source that reads them there. */
export interface SourceWorld extends AsyncDisposable {
  /** Not started yet. The world closes it. */
  readonly source: RouteSource;
  /** What its log says when it is lost. */
  readonly log: RecordingLog;
  readonly lostLine: string;
  /** Give a route exactly these backends; none: take them away. */
  readonly write: (key: string, ...members: readonly string[]) => Promise<void>;
  /** Give a route exactly this in one of its other parts; nothing: take it away. */
  readonly writePart: <P extends 'draining' | 'acme' | 'options'>(
    key: string,
    part: P,
    value: RouteRecord[P],
  ) => Promise<void>;
  /** Make the place unreadable, as it would be in an outage. */
  readonly lose: () => Promise<void>;
  /** Undo `lose`, with this written meanwhile. */
  readonly restore: (key: string, ...members: readonly string[]) => Promise<void>;
}

/** What every source of routes must do, whatever it reads. */
export function sourceContract(
  name: string,
  openWorld: () => Promise<SourceWorld>,
  skip: string | false = false,
): void {
  const contract = (
    title: string,
    body: (world: SourceWorld, sink: RecordingSink) => Promise<void>,
  ): void => {
    test(`${name}: ${title}`, { timeout: TIMEOUT_MS, skip }, async () => {
      await using world = await openWorld();
      await body(world, new RecordingSink());
    });
  };

  contract('the first thing told is the whole table', async ({ source, write }, sink) => {
    await write('app.example.com', '10.0.0.1', '10.0.0.2:8443');
    await write('*.example.com', '10.0.0.3');
    await write('httpsDefault', '10.0.0.4');
    assert.equal(source.status.ready, false);
    source.start(sink);
    await sink.until(({ calls }) => calls.length > 0);
    assert.deepEqual(sink.calls, ['replace']);
    assert.deepEqual(Object.fromEntries(sink.routes), {
      'app.example.com': { ...EMPTY_RECORD, backends: ['10.0.0.1', '10.0.0.2:8443'] },
      '*.example.com': { ...EMPTY_RECORD, backends: ['10.0.0.3'] },
      httpsDefault: { ...EMPTY_RECORD, backends: ['10.0.0.4'] },
    });
    assert.equal(source.status.ready, true);
    assert.equal(source.status.routes, 3);
  });

  contract('an empty table is told too: it is known that there is nothing', async (world, sink) => {
    await world.write('app.example.com', '10.0.0.1');
    await world.write('app.example.com');
    world.source.start(sink);
    await sink.until(({ calls }) => calls.includes('replace'));
    assert.equal(sink.routes.size, 0);
    assert.equal(world.source.status.ready, true);
  });

  contract('a new route, a changed one and a deleted one are each told', async (world, sink) => {
    const { source, write } = world;
    await write('app.example.com', '10.0.0.1');
    source.start(sink);
    await sink.untilRoute('app.example.com', '10.0.0.1');
    await write('new.example.com', '10.0.0.9');
    await sink.untilRoute('new.example.com', '10.0.0.9');
    await write('app.example.com', '10.0.0.1', '10.0.0.2');
    await sink.untilRoute('app.example.com', '10.0.0.1', '10.0.0.2');
    await write('new.example.com');
    await sink.untilRoute('new.example.com');
    assert.deepEqual(sink.calls, [
      'replace',
      'change new.example.com',
      'change app.example.com',
      'change new.example.com',
    ]);
  });

  contract('a route is all its parts, and exists while it has any', async (world, sink) => {
    const { source, write, writePart } = world;
    const key = 'app.example.com';
    await write(key, '10.0.0.1');
    await writePart(key, 'acme', ['10.0.0.8']);
    source.start(sink);
    await sink.untilRecord(key, { backends: ['10.0.0.1'], acme: ['10.0.0.8'] });
    await writePart(key, 'draining', ['10.0.0.2', '10.0.0.3']);
    await writePart(key, 'options', { balance: 'random', proxy: 'v2' });
    await sink.untilRecord(key, {
      backends: ['10.0.0.1'],
      draining: ['10.0.0.2', '10.0.0.3'],
      acme: ['10.0.0.8'],
      options: { balance: 'random', proxy: 'v2' },
    });
    await write(key);
    await writePart(key, 'acme', []);
    await writePart(key, 'options', {});
    await sink.untilRecord(key, { draining: ['10.0.0.2', '10.0.0.3'] });
    assert.equal(source.status.routes, 1);
    await writePart(key, 'draining', []);
    await sink.until(({ routes }) => !routes.has(key));
    assert.equal(source.status.routes, 0);
  });

  contract('parts past the bounds are cut, each with its own words', async (world, sink) => {
    const { source, write, writePart } = world;
    const many = Array.from({ length: 300 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
    await write('app.example.com', '10.0.0.1');
    await writePart('app.example.com', 'draining', many);
    await writePart('app.example.com', 'acme', ['10.0.0.8', `unix:/${'x'.repeat(600)}`]);
    await writePart('app.example.com', 'options', { balance: 'random', allow: '1'.repeat(5000) });
    source.start(sink);
    await sink.until(({ problems }) => problems.size === 1);
    const problem = sink.problems.get('app.example.com')!;
    assert.match(problem, /has more than 256 draining backends/);
    assert.match(problem, /has an acme backend of over 512 bytes/);
    assert.match(problem, /has an option of over 4096 bytes/);
    const { backends, draining, acme, options } = sink.routes.get('app.example.com')!;
    assert.deepEqual(
      { backends, draining: draining.length, acme, options },
      { backends: ['10.0.0.1'], draining: 256, acme: ['10.0.0.8'], options: { balance: 'random' } },
    );
    assert.equal(source.status.badKeys, 1);
  });

  contract('a key that is no pattern is reported, and in nobody’s way', async (world, sink) => {
    const { source, write } = world;
    await write('App.example.com', '10.0.0.1');
    await write('good.example.com', '10.0.0.2');
    source.start(sink);
    await sink.until(({ problems }) => problems.has('App.example.com'));
    assert.match(sink.problems.get('App.example.com')!, /upper case/);
    assert.deepEqual([...sink.routes.keys()], ['good.example.com']);
    await write('bad:443', '10.0.0.1');
    await sink.until(({ problems }) => problems.has('bad:443'));
    assert.match(sink.problems.get('bad:443')!, /port/);
    assert.equal(source.status.badKeys, 2);
    await write('bad:443');
    await write('more.example.com', '10.0.0.3');
    await sink.untilRoute('more.example.com', '10.0.0.3');
    assert.equal(source.status.badKeys, 1);
  });

  contract('backends past the bounds are refused, the others stay', async (world, sink) => {
    const { source, write } = world;
    const many = Array.from({ length: 300 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
    await write('many.example.com', ...many);
    await write('long.example.com', '10.0.0.1', `unix:/${'x'.repeat(600)}`);
    source.start(sink);
    await sink.until(({ problems }) => problems.size === 2);
    assert.equal(sink.backends('many.example.com').length, 256);
    assert.match(sink.problems.get('many.example.com')!, /more than 256 backends/);
    assert.deepEqual(sink.backends('long.example.com'), ['10.0.0.1']);
    assert.match(sink.problems.get('long.example.com')!, /over 512 bytes/);
  });

  contract(
    'an outage keeps the routes, is told once, and is caught up with',
    async (world, sink) => {
      const { source, log } = world;
      await world.write('app.example.com', '10.0.0.1');
      source.start(sink);
      await sink.untilRoute('app.example.com', '10.0.0.1');
      assert.equal(source.status.problem, null);
      await world.lose();
      await log.untilLine(world.lostLine);
      assert.deepEqual(sink.backends('app.example.com'), ['10.0.0.1']);
      assert.equal(source.status.ready, true);
      assert.equal(source.status.connected, false);
      assert.notEqual(source.status.problem, null);
      assert.notEqual(source.status.staleSince, null);
      await world.restore('app.example.com', '10.0.0.7');
      await sink.untilRoute('app.example.com', '10.0.0.7');
      assert.deepEqual(sink.calls, ['replace', 'change app.example.com']);
    },
  );

  contract('a closed source tells nothing more, and closing twice is fine', async (world, sink) => {
    await world.write('app.example.com', '10.0.0.1');
    world.source.start(sink);
    await sink.untilRoute('app.example.com', '10.0.0.1');
    await world.source.close();
    await world.source.close();
    await world.write('app.example.com', '10.0.0.2');
    assert.deepEqual(sink.calls, ['replace']);
  });
}
