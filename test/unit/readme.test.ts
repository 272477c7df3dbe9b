import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DATA_METRICS } from '../../src/account/metrics.ts';
import { TERMINATION_NAMES, terminationRow } from '../../src/termination.ts';
import { ROOT } from '../support/root.ts';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const ENDINGS = README.slice(README.indexOf('\n## How sessions end'));

test('the README says of every termination its letters and what the client is sent', () => {
  for (const name of TERMINATION_NAMES) {
    const { letters, alert, status } = terminationRow(name);
    const row = ENDINGS.split('\n').find(
      (line) => line.startsWith('| `') && line.includes(`\`${name}\``),
    );
    assert.ok(
      row !== undefined && row.includes(`| \`${letters}\` |`),
      `${name}: ${row ?? 'has no row'}`,
    );
    if (alert !== undefined) assert.match(row, new RegExp(`alert ${alert}\\b`));
    if (status !== undefined) assert.match(row, new RegExp(`· ${status}\\b`));
  }
});

test('the README names every metric of the data plane', () => {
  for (const { name } of Object.values(DATA_METRICS)) {
    const tail = name.replace(/^sluice_/, '').replace(/^(?:client_hello|backend)_/, '');
    assert.ok(README.includes(`\`${name}\``) || README.includes(`\`…_${tail}\``), name);
  }
});
