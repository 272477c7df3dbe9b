import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flagOf, GROUPS, variableOf } from '../../../src/config/option.ts';
import { OPTION_ROWS } from '../../../src/config/options.ts';
import { renderOptionsHelp, renderOptionsTable } from '../../../src/config/option-docs.ts';

const NAMES = OPTION_ROWS.map(([, { name }]) => name);

test('these are the options, and one that belongs to a later release does not exist', () => {
  assert.deepEqual(
    NAMES.toSorted(),
    [
      'accept-proxy access-log access-log-long access-log-sample admin admin-token allow',
      'backend-allow backend-deny balance',
      'config connect-retries connect-timeout deny dns-server drain-timeout edge-name',
      'eject-after eject-for engine half-close-timeout hello-max-bytes hello-timeout hold-loss',
      'hold-loss-for idle-timeout listen log-level max-connections max-connections-per-ip',
      'max-ejected metrics-hosts on-removed on-unknown probe probe-fall probe-interval probe-path probe-rise',
      'probe-status probe-timeout proxy-protocol queue-max queue-timeout rate-per-ip redis',
      'redis-ca redis-cert redis-cluster redis-database redis-key redis-master',
      'redis-password-file redis-prefix redis-sentinel redis-sentinel-password-file',
      'redis-server-name redis-tls redis-user retry-budget route-table-max routes',
      'share-ejections slow-start snapshot snapshot-max-age source-address workers',
    ].flatMap((line) => line.split(' ')),
  );
});

test('an option, its value in the configuration and its variable have the same name', () => {
  for (const [key, option] of OPTION_ROWS) {
    const camel = option.name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const expected = option.name === 'config' ? 'configFile' : camel;
    assert.equal(key.replace(/Ms$/, ''), expected);
    assert.match(variableOf(option), /^SLUICE_[A-Z_]+$/);
  }
});

test('every default is one that an operator could have written', () => {
  for (const [key, option] of OPTION_ROWS) {
    if (option.name === 'edge-name') continue;
    for (const text of option.defaults())
      assert.ok('value' in option.parse(text), `${key}: ${text}`);
  }
});

test('--help lists every option with its default, within its width', () => {
  const help = renderOptionsHelp(100);
  for (const [, option] of OPTION_ROWS)
    assert.match(help, new RegExp(`^  ${flagOf(option)} `, 'm'));
  for (const group of GROUPS) assert.match(help, new RegExp(`^${group}:$`, 'm'));
  assert.match(help, /--hello-timeout DURATION [^(]*\(default: 5s\)/);
  assert.deepEqual(
    help.split('\n').filter((line) => line.length > 100),
    [],
  );
});

test('the table of the README has a row per option and no stray column', () => {
  const [, , ...rows] = renderOptionsTable().split('\n');
  assert.deepEqual(
    rows.map((row) => /^\| `--([a-z-]+) /.exec(row)?.[1]),
    NAMES,
  );
  for (const row of rows) assert.equal(row.split(/(?<!\\)\|/).length, 5, row);
});
