import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder } from '../../../support/folder.ts';

const PROGRAM = join(import.meta.dirname, '../../../support/small-disk.js');
const isAble = spawnSync('unshare', ['--mount', 'true']).status === 0;
const skip = isAble ? false : 'a disk of its own needs the rights to mount one';

test(
  'a disk that fills up tears one line at most, and what comes after it is whole',
  { skip },
  async () => {
    await using folder = await makeFolder();
    // Gone with its namespace.
    const script = 'mount -t tmpfs -o size=64k tmpfs "$1" && exec "$2" "$3" "$1"';
    const command = ['sh', '-c', script, 'sh', folder.path, process.execPath, PROGRAM];
    const printed = execFileSync('unshare', ['--mount', ...command], { encoding: 'utf8' });
    const { sent, dropped, last, lines } = JSON.parse(printed) as Printed;
    const whole = lines.filter(isWhole);
    assert.ok(dropped > 0);
    assert.equal(whole.length + dropped, sent, 'every line is there, or counted as lost');
    assert.ok(lines.length - whole.length <= 1);
    assert.equal(last, '');
    assert.match(whole.at(-1)!, /^\{"n":409,/);
  },
);

interface Printed {
  readonly sent: number;
  readonly dropped: number;
  readonly last: string;
  readonly lines: readonly string[];
}

function isWhole(line: string): boolean {
  return /^\{"n":\d+,"pad":"x{80}"\}$/.test(line);
}
