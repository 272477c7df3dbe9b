import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCidr } from '../../../../src/cidr.ts';
import { readFeedQuery } from '../../../../src/control/feed/feed-query.ts';

const read = (text: string) => readFeedQuery(new URLSearchParams(text));

test('a question without parts is for all sessions, fifty a second', () => {
  assert.deepEqual(read(''), {
    filter: { host: null, terminations: [], client: null, backend: null, id: null },
    perSecond: 50,
  });
});

test('every part of a question narrows it', () => {
  const text =
    'host=APP.Example.com.&termination=failed&termination=ok&client=192.0.2.0/24' +
    '&backend=10.0.0.5:443&id=abc-0-1&rate=1000';
  assert.deepEqual(read(text), {
    filter: {
      host: 'app.example.com',
      terminations: ['failed', 'ok'],
      client: parseCidr('192.0.2.0/24'),
      backend: '10.0.0.5:443',
      id: 'abc-0-1',
    },
    perSecond: 1000,
  });
});

test('a host may be a pattern, and a backend an address as people write it', () => {
  for (const host of ['*.example.com', 'httpsDefault'])
    assert.deepEqual('filter' in read(`host=${host}`), true, host);
  const asked = read('backend=FD00:0::1');
  assert.equal('filter' in asked && asked.filter.backend, '[fd00::1]');
});

test('what cannot be asked for is refused by its part', () => {
  const refused = {
    'host=a b': 'host',
    'host=': 'host',
    'host=192.0.2.1': 'host',
    'termination=ok&termination=fine': 'termination',
    'client=192.0.2.1/8': 'client',
    'client=': 'client',
    'rate=0': 'rate',
    'rate=1001': 'rate',
    'rate=1e3': 'rate',
    [`id=${'a'.repeat(257)}`]: 'id',
    [`backend=${'a'.repeat(257)}`]: 'backend',
  };
  for (const [text, part] of Object.entries(refused)) {
    const asked = read(text);
    assert.equal('part' in asked && asked.part, part, text);
  }
});
