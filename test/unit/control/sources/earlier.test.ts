import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inTime } from '../../../../src/control/sources/loss/earlier.ts';
import { RouteSet } from '../../../../src/control/sources/routes/route-set.ts';
import { RecordingLog } from '../../../contract/source.ts';

const OPEN = new AbortController().signal;
const NEVER_READ = new Promise<never>(() => {});

test('a snapshot that cannot be read to its end keeps nobody waiting, and that is said', async () => {
  const log = new RecordingLog();
  assert.equal(await inTime(NEVER_READ, log, OPEN, 1), null);
  assert.equal(log.lines.length, 1);
  assert.match(log.lines[0]!, /^warn: the snapshot is not read yet/);
});

test('a snapshot that is read in time is used, and whoever closes does not wait', async () => {
  const log = new RecordingLog();
  const earlier = { routes: new RouteSet(), asOf: 1 };
  assert.equal(await inTime(Promise.resolve(earlier), log, OPEN), earlier);
  assert.equal(await inTime(NEVER_READ, log, AbortSignal.abort()), null);
  assert.deepEqual(log.lines, []);
});
