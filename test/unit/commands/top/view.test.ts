import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TABLE_KEYS, TABLES } from '../../../../src/commands/top/draw/tables.ts';
import { FIRST_VIEW, press, type Key, type View } from '../../../../src/commands/top/view.ts';
import { OVERVIEW } from './an-overview.ts';

const ROWS = 30;
const NAMED = [
  'tab',
  'up',
  'down',
  'pageup',
  'pagedown',
  'home',
  'end',
  'escape',
  'return',
  'backspace',
];

test('h, b, w and f show their table, and Tab the next', () => {
  assert.equal(after('b').table, 'b');
  assert.equal(after('w', 'h').table, 'h');
  assert.equal(after('f', 'tab').table, 'h');
});

test('rows are sorted by the column beside, or by the one whose letter is typed', () => {
  assert.equal(sortedBy(after('<')), 'ACTIVE');
  assert.equal(sortedBy(after('>')), 'FAIL/S');
  assert.equal(sortedBy(after('O')), 'OUT/S');
  assert.equal(sortedBy(after('O', ...letters('>>>'))), 'HOST');
  assert.deepEqual(hosts(after('A')), [
    'shop.example.com',
    '*.tenants.example.com',
    'quiet.example.com',
  ]);
  assert.deepEqual(hosts(after('H')), [
    '*.tenants.example.com',
    'quiet.example.com',
    'shop.example.com',
  ]);
});

test('r turns the order around, as does the letter of the same column', () => {
  assert.equal(hosts(after('r'))[0], 'quiet.example.com');
  assert.equal(hosts(after('r', 'r'))[0], 'shop.example.com');
  assert.equal(hosts(after('H', 'H'))[0], 'shop.example.com');
});

test('each table keeps its own order', () => {
  assert.equal(sortedBy(after('A', 'b', 'S', 'h')), 'ACTIVE');
});

test('every column has a letter of its own that is no other key', () => {
  for (const key of TABLE_KEYS) {
    const typed = TABLES[key].columns.map((column) => column.letter);
    assert.equal(new Set(typed).size, typed.length);
    assert.match(typed.join(''), /^[A-Z]+$/);
  }
});

test('what is typed after a slash is the filter, until Enter keeps it or Escape forgets it', () => {
  assert.deepEqual(pick(after('/', ...letters('q?b'))), { filter: 'q?b', isTyping: true });
  assert.deepEqual(pick(after('/', ...letters('shop'), 'backspace', 'return')), {
    filter: 'sho',
    isTyping: false,
  });
  assert.deepEqual(pick(after('/', ...letters('shop'), 'escape')), { filter: '', isTyping: false });
  assert.deepEqual(pick(after('/', ...letters('shop'), 'return', 'escape')), {
    filter: '',
    isTyping: false,
  });
});

test('a filter holds printable characters, and not too many', () => {
  assert.equal(after('/', '\x1b[15~', '\x07', 'é').filter, '');
  assert.equal(after('/', ...letters('x'.repeat(500))).filter.length, 64);
});

test('scrolling ends at the first row and the last', () => {
  assert.equal(after('up').scrolled, 0);
  assert.equal(after('down', 'j', 'k').scrolled, 1);
  assert.equal(after('pagedown').scrolled, 10);
  assert.equal(after('end').scrolled, ROWS - 1);
  assert.equal(after('end', 'down').scrolled, ROWS - 1);
  assert.equal(after('end', 'home').scrolled, 0);
  assert.equal(press(FIRST_VIEW, named('end'), 0)?.scrolled, 0);
});

test('any key ends the help and does nothing else, but q quits', () => {
  assert.deepEqual(after('?', 'b'), FIRST_VIEW);
  assert.equal(press(after('?'), letter('q'), ROWS), null);
  assert.equal(press(FIRST_VIEW, letter('q'), ROWS), null);
});

test('a key that means nothing changes nothing', () => {
  for (const text of ['x', '\x1b[17~', '__proto__', 'constructor', '€']) {
    assert.equal(press(FIRST_VIEW, { sequence: text, name: text }, ROWS), FIRST_VIEW);
  }
});

function after(...keys: readonly string[]): View {
  return keys.reduce<View>((view, text) => {
    const next = press(view, NAMED.includes(text) ? named(text) : letter(text), ROWS);
    assert.ok(next !== null, `${text} quits`);
    return next;
  }, FIRST_VIEW);
}

function letters(text: string): string[] {
  return text.split('');
}

function letter(sequence: string): Key {
  return { sequence, name: sequence };
}

function named(name: string): Key {
  return { name, sequence: '\x1b' };
}

function sortedBy(view: View): string {
  return TABLES[view.table].columns[view.sorts[view.table].column]!.title;
}

function hosts(view: View): string[] {
  return TABLES.h.rows(OVERVIEW, view.sorts.h, '').map(([cell]) => cell!.text);
}

function pick({ filter, isTyping }: View): Pick<View, 'filter' | 'isTyping'> {
  return { filter, isTyping };
}
