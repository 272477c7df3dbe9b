import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ComplaintLog, Episodes } from '../../../../src/control/log/log.ts';

test('a complaint about a route is said once, and again when the route has changed', () => {
  const log = new ComplaintLog();
  assert.ok(log.first('a.example', 'bad member'));
  assert.equal(log.first('a.example', 'bad member'), false);
  assert.ok(log.first('b.example', 'bad member'));
  log.forget('a.example');
  assert.ok(log.first('a.example', 'bad member'));
  assert.equal(log.first('b.example', 'bad member'), false);
  log.forget(null);
  assert.ok(log.first('b.example', 'bad member'));
});

test('a route with many complaints falls silent alone, and speaks again when it has changed', () => {
  const log = new ComplaintLog();
  const said = () =>
    Array.from({ length: 5000 }, (_, index) => log.first('loud.example', `member ${index}`));
  assert.equal(said().filter(Boolean).length, 16);
  assert.equal(said().filter(Boolean).length, 0);
  assert.ok(log.first('other.example', 'bad member'));
  log.forget('loud.example');
  assert.equal(said().filter(Boolean).length, 16);
});

test('however many routes were complained of, a new one is heard', () => {
  const log = new ComplaintLog();
  for (let route = 0; route < 3000; route++) {
    assert.ok(log.first(`${route}.example`, 'bad member'), `${route}`);
  }
  assert.equal(log.first('2999.example', 'bad member'), false);
});

test('a trouble is told when it begins, and again when it was away', () => {
  const troubles = new Episodes();
  assert.ok(troubles.begins('EMFILE', 0));
  for (let now = 50; now <= 60_000; now += 50) assert.equal(troubles.begins('EMFILE', now), false);
  assert.ok(troubles.begins('ENOMEM', 60_000));
  assert.ok(troubles.begins('EMFILE', 70_000));
});
