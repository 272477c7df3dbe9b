import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MergedRoutes } from '../../../../../src/control/sources/cluster/merged-routes.ts';
import {
  EMPTY_RECORD,
  type RouteRecord,
} from '../../../../../src/control/sources/routes/route-record.ts';
import { RecordingSink } from '../../../../contract/source.ts';

const record = (parts: Partial<RouteRecord>): RouteRecord => ({ ...EMPTY_RECORD, ...parts });

function mergedOf(count: number) {
  const tables = Array.from({ length: count }, () => new Map<string, RouteRecord>());
  const sink = new RecordingSink();
  return { tables, sink, merged: new MergedRoutes(sink, () => tables) };
}

test('a route is what all masters have of it', () => {
  const { tables, sink, merged } = mergedOf(3);
  tables[0]!.set('a.test', record({ backends: ['10.0.0.2', '10.0.0.3'] }));
  tables[1]!.set('a.test', record({ backends: ['10.0.0.1'], options: { balance: 'random' } }));
  tables[2]!.set('a.test', record({ draining: ['10.0.0.9'] }));
  merged.rebuild();
  assert.deepEqual(sink.calls, ['replace']);
  assert.deepEqual(sink.routes.get('a.test'), {
    backends: ['10.0.0.1', '10.0.0.2', '10.0.0.3'],
    draining: ['10.0.0.9'],
    acme: [],
    options: { balance: 'random' },
  });
});

test('a key that moves from one master to the other is never missing', async () => {
  const { tables, sink, merged } = mergedOf(2);
  tables[0]!.set('a.test', record({ backends: ['10.0.0.1'] }));
  merged.rebuild();
  tables[0]!.delete('a.test');
  merged.changed('a.test');
  tables[1]!.set('a.test', record({ backends: ['10.0.0.1'] }));
  merged.changed('a.test');
  tables[1]!.set('b.test', record({ backends: ['10.0.0.2'] }));
  merged.changed('b.test');
  tables[1]!.delete('b.test');
  merged.changed('b.test');
  await sink.untilRecord('b.test', {});
  assert.deepEqual(sink.calls, ['replace', 'change b.test', 'change b.test']);
});

test('looking at everything tells what differs, or all when that is much', () => {
  const { tables, sink, merged } = mergedOf(2);
  merged.adopt(new Map([['old.test', record({ backends: ['10.0.0.1'] })]]));
  tables[0]!.set('old.test', record({ backends: ['10.0.0.1'] }));
  tables[1]!.set('new.test', record({ backends: ['10.0.0.2'] }));
  merged.rebuild();
  assert.deepEqual(sink.calls, ['replace', 'change new.test']);
  for (let i = 0; i < 1001; i++) tables[0]!.set(`h${i}.test`, record({ backends: ['10.0.0.3'] }));
  merged.rebuild();
  assert.deepEqual(sink.calls, ['replace', 'change new.test', 'replace']);
  assert.equal(merged.routes.size, 1003);
});
