import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderFrame, type Size, type Watched } from '../../../../src/commands/top/draw/frame.ts';
import { paint, plainText, widthOf } from '../../../../src/commands/top/draw/line.ts';
import type { TableKey } from '../../../../src/commands/top/draw/tables.ts';
import { FIRST_VIEW, type View } from '../../../../src/commands/top/view.ts';
import { host, OVERVIEW } from './an-overview.ts';

const USUAL: Size = { columns: 80, rows: 24 };
const NOW: Watched = { overview: OVERVIEW, ageSeconds: 0.4, gone: null };

test('the hosts of an edge are on one screen of 80 columns and 24 rows', () => {
  assert.equal(
    frame(NOW, FIRST_VIEW, USUAL),
    `\
sluice edge-1                                       up 3d 04:12:33  15:04:05 UTC
READY  sluice 0.7.0, epoll  1 of 2 workers  10,000 routes from redis (tracking)
  current
sessions 12,360 of 1.0M  relaying 12,345  connecting 3  waiting 0  hello 12
new/s 123  failed/s 0.2  retries/s 0  limited/s 0  in B/s 12M  out B/s 99M
connect ms p50 1.2  p99 24  lag ms p99 2.1  rss 123M  files 24,690 of 1.0M
- 12 routes that redis://10.0.0.9 has lost are held
[Hosts 3]   Backends 3, 1 out    Workers 2, 1 down    Failures 2
HOST                         ACTIVE SESS/Sv  FAIL/S   IN/S  OUT/S  TOTAL  FAILED
shop.example.com              8,000      80       0   8.0M    64M   1.6M       0
*.tenants.example.com         4,000      40     0.2   4.0M    32M   800k     200
quiet.example.com               345     3.0       0   300k   2.4M 69,000       0
${'\n'.repeat(11)}h b w f tables  < > sort  r reverse  / filter  ? help  q quit`,
  );
});

test('where there are only 40 columns, what is worth least is left out', () => {
  assert.equal(
    frame(NOW, FIRST_VIEW, { columns: 40, rows: 24 }),
    `\
sluice edge-1
  up 3d 04:12:33  15:04:05 UTC
READY  sluice 0.7.0, epoll
  1 of 2 workers
  10,000 routes from redis (tracking)
  current
sessions 12,360 of 1.0M  relaying 12,345
  connecting 3  waiting 0  hello 12
new/s 123  failed/s 0.2  retries/s 0
  limited/s 0  in B/s 12M  out B/s 99M
connect ms p50 1.2  p99 24
  lag ms p99 2.1  rss 123M
  files 24,690 of 1.0M
- 12 routes that redis://10.0.0.9 has l~
[Hosts 3]   Backends 3, 1 out
   Workers 2, 1 down    Failures 2
HOST              ACTIVE SESS/Sv  FAIL/S
shop.example.com   8,000      80       0
*.tenants.examp~   4,000      40     0.2
quiet.example.c~     345     3.0       0



? help  q quit  hbwf  <>  r  /`,
  );
});

test('backends out of use stand first, and say why and until when', () => {
  assert.deepEqual(tableOf('b'), [
    'BACKEND                  STATEv      SESSIONS UNTIL    WHY',
    '10.0.0.7:443             ejected           12 15:04:35 refused: 5 failures in ~',
    '10.0.0.6:443             slow-start     3,333 -        -',
    '10.0.0.5:443             healthy        9,000 -        -',
  ]);
});

test('a worker that is down says so in words', () => {
  assert.deepEqual(tableOf('w'), [
    'WORKER^ STATE     SESSIONS  WAIT P99 MS',
    '      0 running      6,180          0.3',
    '      1 DOWN             0            -',
  ]);
});

test('failures are shown newest first, with the reason of each', () => {
  assert.deepEqual(tableOf('f'), [
    'TIMEv    HOST                END             BACKEND          DETAIL',
    '15:04:03 shop.example.com    connect-failed  10.0.0.7:443     refused',
    '15:03:59 -                   limited         -                -',
  ]);
});

test('an edge that is gone says so above what was last known of it', () => {
  const gone: Watched = { ...NOW, ageSeconds: 12, gone: 'connection refused' };
  const lines = frame(gone, FIRST_VIEW, USUAL).split('\n');
  assert.equal(lines[0], 'THE EDGE IS GONE for 00:00:12: connection refused; trying again');
  assert.equal(
    lines[10],
    'shop.example.com              8,000      80       0   8.0M    64M   1.6M       0',
  );
  assert.equal(lines.length, 24);
});

test('an edge that says nothing for three seconds is silent', () => {
  const first = (ageSeconds: number) =>
    frame({ ...NOW, ageSeconds }, FIRST_VIEW, USUAL).split('\n')[0];
  assert.match(first(2.9)!, /^sluice edge-1/);
  assert.equal(first(3.1), 'THE EDGE IS SILENT for 00:00:03');
});

test('an edge that is not ready says why, and colour alone tells nothing', () => {
  const overview = {
    ...OVERVIEW,
    ready: false,
    problems: ['no routes read yet: \u001b[2Jconnection refused'],
    source: { ...OVERVIEW.source, connected: false, ageSeconds: null, routes: 0 },
  };
  const text = frame({ ...NOW, overview }, FIRST_VIEW, USUAL);
  assert.match(text, /^NOT READY {2}sluice/m);
  assert.match(text, /not read yet {2}redis IS UNREACHABLE/);
  assert.match(text, /^! no routes read yet: \\x1b\[2Jconnection refused$/m);
});

test('names that would write on the terminal are shown as text', () => {
  const names = ['\u001b]0;owned\u0007.example', '\u202egpj.example', '<script>'];
  const hosts = names.map((name, i) => host(name, 1, 9 - i, 0));
  const text = frame({ ...NOW, overview: { ...OVERVIEW, hosts } }, FIRST_VIEW, USUAL);
  assert.match(text, /^\\x1b\]0;owned\\x07\.example /m);
  assert.match(text, /^\\u\{202e\}gpj\.example /m);
  assert.match(text, /^<script> /m);
  assert.match(text, /^[\x20-\x7e\n]*$/);
});

test('every frame is as large as the screen, whatever that is', () => {
  const hosts = Array.from({ length: 50 }, (_, i) => host(`${'x'.repeat(i * 5)}.example`, i, i, i));
  const overview = { ...OVERVIEW, hosts, notes: Array.from({ length: 40 }, (_, i) => `note ${i}`) };
  for (const columns of [1, 2, 7, 20, 40, 79, 80, 200]) {
    for (const rows of [1, 2, 5, 12, 24, 100]) {
      for (const table of ['h', 'b', 'w', 'f'] as const) {
        const view = { ...FIRST_VIEW, table };
        const lines = renderFrame({ ...NOW, overview }, view, { columns, rows });
        assert.equal(lines.length, rows);
        assert.deepEqual([...new Set(lines.map(widthOf))], [columns]);
      }
    }
  }
});

test('a filter keeps the rows that have it somewhere, and says how many', () => {
  const text = frame(NOW, { ...FIRST_VIEW, filter: 'TENANTS' }, USUAL);
  assert.match(text, / {2}1 with "TENANTS"$/m);
  assert.match(text, /^\*\.tenants/m);
  assert.doesNotMatch(text, /^(?:shop|quiet)\./m);
  assert.match(frame(NOW, { ...FIRST_VIEW, filter: 'zzz' }, USUAL), /^ {2}none has that in it$/m);
});

test('the last rows can be scrolled to, and not beyond', () => {
  const hosts = Array.from({ length: 50 }, (_, i) => host(`host-${i}.example`, 1, 50 - i, 0));
  const watched = { ...NOW, overview: { ...OVERVIEW, hosts } };
  const text = frame(watched, { ...FIRST_VIEW, scrolled: 49 }, USUAL);
  assert.match(text, /^host-36\.example [^\n]*\n(?:host-\d\d[^\n]*\n){12}host-49\.example/m);
  assert.doesNotMatch(text, /^host-35\./m);
});

test('the help names every column of the table', () => {
  const text = frame(NOW, { ...FIRST_VIEW, isHelp: true }, USUAL).replaceAll(/\s+/g, ' ');
  assert.match(
    text,
    /H HOST, A ACTIVE, S SESS\/S, F FAIL\/S, I IN\/S, O OUT\/S, T TOTAL, D FAILED/,
  );
});

test('without colours, what stands out still does', () => {
  const lines = renderFrame({ ...NOW, gone: 'gone' }, FIRST_VIEW, USUAL);
  const painted = lines.map((line) => paint(line, false)).join('');
  const codes = painted.split('\u001b[').map((text) => /^[\d;]+m/.exec(text)?.[0]);
  assert.deepEqual([...new Set(codes)].toSorted(), ['0m', '1m', '2m', '7m', undefined]);
});

function frame(watched: Watched, view: View, size: Size): string {
  return renderFrame(watched, view, size)
    .map((line) => plainText(line).trimEnd())
    .join('\n');
}

function tableOf(table: TableKey): string[] {
  const lines = frame(NOW, { ...FIRST_VIEW, table }, USUAL).split('\n');
  return lines.slice(8, -1).filter((line) => line !== '');
}
