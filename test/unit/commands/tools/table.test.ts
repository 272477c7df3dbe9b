import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonLine } from '../../../../src/commands/tools/output.ts';
import { formatTable } from '../../../../src/commands/tools/table.ts';

test('columns are as wide as their cells, and no line ends in spaces', () => {
  const rows = [
    ['a.example', '10.0.0.1', ''],
    ['b', '10.0.0.2 10.0.0.3', 'x'],
  ];
  assert.equal(
    formatTable(['ROUTE', 'BACKENDS', 'REST'], rows, null),
    [
      'ROUTE      BACKENDS           REST',
      'a.example  10.0.0.1',
      'b          10.0.0.2 10.0.0.3  x',
      '',
    ].join('\n'),
  );
});

test('on a narrow terminal the widest column is cut, and the others are whole', () => {
  const row = ['a.example', 'x'.repeat(200), '10.0.0.1'];
  const table = formatTable(['ROUTE', 'OPTIONS', 'BACKENDS'], [row], 60);
  for (const line of table.split('\n')) assert.ok(line.length <= 60, line);
  assert.match(table, /^a\.example {2}x+… {2}10\.0\.0\.1$/m);
});

test('no terminal is too narrow for an end', () => {
  const row = Array.from({ length: 8 }, () => 'x'.repeat(50));
  const [line] = formatTable([], [row], 10).split('\n');
  assert.equal(line!.split('…').length, 9);
});

test('what a stranger wrote moves no cursor and turns no text around', () => {
  const table = formatTable(['A'], [['\u001b[2J\u202e\u0085']], null);
  assert.equal(table, 'A\n\\x1b[2J\\u{202e}\\x85\n');
  const line = jsonLine({ member: '\u001b[2J\u202e\u0085\u{1f600}' });
  assert.match(line, /^[\x20-\x7e]+\n$/);
  assert.deepEqual(JSON.parse(line), { member: '\u001b[2J\u202e\u0085\u{1f600}' });
});
