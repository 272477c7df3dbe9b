import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { LIMITS } from '../../src/session/line-parts.ts';
import { TERMINATION_NAMES, terminationRow, type Termination } from '../../src/termination.ts';
import { sumOf } from '../support/metrics.ts';
import { eventually } from '../support/wait.ts';
import { startEdge, type Edge } from './terminations/edge.ts';
import { EDGE_ENDINGS } from './terminations/edge-endings.ts';
import type { Ending } from './terminations/ending.ts';
import { LIMITED_ENDINGS } from './terminations/limited-endings.ts';
import { helloEndings } from './terminations/hello-endings.ts';
import { PORT_ENDINGS } from './terminations/port-endings.ts';
import { relayEndings } from './terminations/relay-endings.ts';
import { routeEndings } from './terminations/route-endings.ts';

const patient = () => startEdge();
const impatient = () => startEdge({ args: IMPATIENT });
// Long enough for a machine that runs everything at once, where only a limit on silence can run out.
const IMPATIENT = [
  '--hello-timeout=1s',
  '--connect-timeout=1s',
  '--connect-retries=0',
  '--idle-timeout=500ms',
  '--half-close-timeout=500ms',
];

/** One for each row of the table. */
const ENDINGS: Readonly<Record<Termination, Ending>> = {
  ...relayEndings(patient, impatient),
  ...helloEndings(patient, impatient),
  ...routeEndings(patient, impatient),
  ...EDGE_ENDINGS,
  ...PORT_ENDINGS,
};

const edges = new Map<Ending['edge'], Promise<Edge>>();

after(async () => {
  for (const edge of edges.values()) await (await edge)[Symbol.asyncDispose]();
});

test('every termination of the table has its test', () => {
  assert.deepEqual(Object.keys(ENDINGS).sort(), [...TERMINATION_NAMES].sort());
});

for (const [termination, ending] of Object.entries(ENDINGS) as [Termination, Ending][]) {
  test(`${termination}: ${ending.title}`, { skip: ending.skip ?? false }, async () => {
    const edge = await edgeOf(ending);
    const clients = await ending.happens(edge);
    const { letters, level } = terminationRow(termination);
    for (const client of clients) {
      const line = await edge.sluice.waitForSession((session) => session.client === client);
      assert.deepEqual(
        [line.termination, line['letters'], line.level],
        [termination, letters, level],
      );
    }
    if (ending.unscraped !== undefined) return;
    await edge.sluice.waitForMetric('sluice_sessions_total', { termination }, clients.length);
  });
}

test('every cause of `limited` has its test', () => {
  assert.deepEqual(Object.keys(LIMITED_ENDINGS).sort(), [...LIMITS].sort());
});

for (const [limit, ending] of Object.entries(LIMITED_ENDINGS)) {
  test(`limited, ${limit}: ${ending.title}`, async () => {
    const { sluice, ...edge } = await edgeOf(ending);
    const clients = await ending.happens({ sluice, ...edge });
    for (const client of clients) {
      const { termination, detail } = await sluice.waitForSession((one) => one.client === client);
      assert.deepEqual([termination, detail], ['limited', limit]);
    }
    await eventually(async () => {
      const logged = sluice.sessions().filter(({ detail }) => detail === limit).length;
      return logged === sumOf(await sluice.metrics(), 'sluice_limited_total', { limit });
    });
  });
}

function edgeOf({ edge }: Ending): Promise<Edge> {
  const started = edges.get(edge) ?? edge();
  edges.set(edge, started);
  return started;
}
