import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCidr } from '../../../../src/cidr.ts';
import {
  NO_FILTER,
  passesFilter,
  type FeedFilter,
} from '../../../../src/worker/feed/feed-filter.ts';
import { recordOf } from './record.ts';

const passes = (filter: Partial<FeedFilter>, ...record: Parameters<typeof recordOf>) =>
  passesFilter({ ...NO_FILTER, ...filter }, recordOf(...record));

test('without a filter all sessions pass but those of clients that never spoke', () => {
  for (const termination of ['ok', 'unknown-host', 'connect-failed'] as const)
    assert.ok(passes({}, { termination }));
  assert.ok(!passes({}, { termination: 'client-silent' }));
  assert.ok(passes({ terminations: ['client-silent'] }, { termination: 'client-silent' }));
});

test('a name is that of the session or of its route, and a wildcard is all below it', () => {
  const session = { host: 'a.b.example.com', pattern: '*.example.com' };
  for (const host of ['a.b.example.com', '*.b.example.com', '*.example.com', '*.com'])
    assert.ok(passes({ host }, session), host);
  for (const host of ['b.example.com', '*.a.b.example.com', 'example.com', 'httpsDefault'])
    assert.ok(!passes({ host }, session), host);
  assert.ok(passes({ host: 'httpsDefault' }, { host: null, pattern: 'httpsDefault' }));
  assert.ok(!passes({ host: '*.com' }, { host: null }));
});

test('failed stands for every termination that is a failure, beside those that are named', () => {
  assert.ok(passes({ terminations: ['failed'] }, { termination: 'connect-failed' }));
  assert.ok(!passes({ terminations: ['failed'] }, { termination: 'ok' }));
  assert.ok(passes({ terminations: ['failed', 'ok'] }, { termination: 'ok' }));
});

test('a client is one of a block of its own family', () => {
  const client = (text: string) => ({ client: parseCidr(text) });
  assert.ok(passes(client('192.0.2.0/24'), { ip: '192.0.2.9' }));
  assert.ok(!passes(client('192.0.2.0/24'), { ip: '192.0.3.9' }));
  assert.ok(passes(client('2001:db8::/32'), { ip: '2001:db8::1' }));
  assert.ok(!passes(client('::/0'), { ip: '192.0.2.9' }));
});

test('a backend is its address or the name it was found by, with the port or without', () => {
  const session = { backend: '10.0.0.5:443', member: 'app.internal:443' };
  for (const backend of ['10.0.0.5:443', '10.0.0.5', 'app.internal', 'app.internal:443'])
    assert.ok(passes({ backend }, session), backend);
  for (const backend of ['10.0.0.5:444', '10.0.0', '443'])
    assert.ok(!passes({ backend }, session), backend);
  assert.ok(passes({ backend: '[fd00::1]' }, { backend: '[fd00::1]:443' }));
  assert.ok(passes({ backend: 'unix:/run/a.sock' }, { backend: 'unix:/run/a.sock' }));
  assert.ok(!passes({ backend: '10.0.0.5' }, {}));
});

test('an id is of one session, however that ended', () => {
  assert.ok(passes({ id: 'abc-0-1' }, { termination: 'client-silent' }));
  assert.ok(!passes({ id: 'abc-0-2' }, {}));
});
