import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lintRecord } from '../../../../src/commands/lint/lint-record.ts';
import {
  EMPTY_RECORD,
  type RouteRecord,
} from '../../../../src/control/sources/routes/route-record.ts';
import { createGuard } from '../../../../src/dial/guard.ts';

const guard = createGuard({ allow: [], deny: [], own: [], localAddresses: () => [] });

test('a route in order has no findings', () => {
  const backends = ['10.0.0.1', '10.0.0.2:8443?weight=3', 'app.internal:443', 'tls://10.0.0.3'];
  const options = { balance: 'random', allow: '10.0.0.0/8, fd00::/8' };
  assert.deepEqual(found({ backends, draining: ['10.0.0.9'], options }), []);
});

const FINDINGS: readonly (readonly [title: string, Partial<RouteRecord>, readonly string[]])[] = [
  [
    'a member that is no backend',
    { backends: ['10.0.0.1', '10.0.0.300'] },
    ['bad-member: SREM backends 10.0.0.300'],
  ],
  [
    'a member that may not be dialled',
    { backends: ['10.0.0.1', '169.254.169.254'] },
    ['denied-member: SREM backends 169.254.169.254'],
  ],
  [
    'a member that may not be dialled among the draining',
    { backends: ['10.0.0.1'], draining: ['127.0.0.1'] },
    ['denied-member: SREM draining 127.0.0.1'],
  ],
  [
    'two spellings of one backend',
    { backends: ['10.0.0.1', '10.0.0.1:443'] },
    ['duplicate: SREM backends 10.0.0.1:443'],
  ],
  [
    'two weights for one backend',
    { backends: ['10.0.0.1:8443', '10.0.0.1:8443?weight=3'] },
    ['duplicate: SREM backends 10.0.0.1:8443?weight=3'],
  ],
  ['one address for two protocols', { backends: ['http://10.0.0.1:81', 'tls://10.0.0.1:81'] }, []],
  [
    'a member that is a backend and draining',
    { backends: ['10.0.0.1', '10.0.0.2'], draining: ['10.0.0.2'] },
    ['draining-too: SREM backends 10.0.0.2'],
  ],
  [
    'draining members alone',
    { draining: ['10.0.0.1', '10.0.0.2'] },
    ['only-draining: RENAMENX draining backends'],
  ],
  ['options alone', { options: { balance: 'random' } }, ['no-backends: UNLINK options']],
  ['acme alone', { acme: ['10.0.0.1'] }, ['no-backends: null']],
  [
    'options that are none, or out of range',
    { backends: ['10.0.0.1'], options: { weight: '3', 'idle-timeout': 'soon' } },
    ['bad-option: HDEL options weight', 'bad-option: HDEL options idle-timeout'],
  ],
];

for (const [title, record, expected] of FINDINGS) {
  test(`lint finds ${title}${expected.length === 0 ? ' to be right' : ''}`, () => {
    assert.deepEqual(found(record), expected);
  });
}

test('a route may have 16 DNS names', () => {
  const backends = Array.from(
    { length: 17 },
    (_, i) => `app-${String(i).padStart(2, '0')}.internal`,
  );
  assert.deepEqual(found({ backends }), ['bad-member: SREM backends app-16.internal']);
});

function found(record: Partial<RouteRecord>): string[] {
  const findings = lintRecord({
    record: { ...EMPTY_RECORD, ...record },
    guard,
    at: (part) => part,
  });
  return findings.map(
    ({ rule, mend }) => `${rule}: ${mend?.map((each) => each.join(' ')).join('; ') ?? null}`,
  );
}
