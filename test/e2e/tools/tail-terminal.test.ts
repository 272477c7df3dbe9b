import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curl } from '../../support/curl.ts';
import { startHttpBackend } from '../../support/http-backend.ts';
import { startSluice, type Sluice } from '../../support/sluice.ts';
import { tailCommand } from '../../support/tail.ts';
import { startTerminal, terminalMissing, type Terminal } from '../../support/terminal.ts';

const skip = await terminalMissing();
const NAME = 'app.example.test';
const LONG = `${'a'.repeat(60)}.example.test`;

for (const [noColor, wanted] of [
  ['', true],
  ['1', false],
] as const) {
  test(
    `in 80 columns a session is one line, and NO_COLOR=${noColor} means ${wanted ? '' : 'no '}colour`,
    { skip },
    async () => {
      await using site = await startHttpBackend({ name: 'site' });
      await using sluice = await startSluice({ routes: { [NAME]: { backends: [site.address] } } });
      await using terminal = await startTerminal(tailCommand(sluice, []), {
        env: { NO_COLOR: noColor },
      });
      await terminal.waitFor(/watching the edge/);
      const lines = await showBoth(sluice, terminal);
      const [, headings, first, second, ...rest] = lines;
      assert.match(headings!, /^TIME +END +HOST +HELLO +ROUTE +CONN +FIRST +TOTAL$/);
      assert.match(first!, /^[\d:.]{12} ok +app\.example/);
      assert.match(second!, /^[\d:.]{12} unknown-host +aaaaaaa+… .*s$/);
      assert.deepEqual(rest, []);
      const coloured = await terminal.tmux('capture-pane', '-p', '-e');
      assert.equal(coloured.includes('\x1b['), wanted);

      await terminal.signal('SIGINT');
      await terminal.waitFor(/^ended 0$/m);
    },
  );
}

/** Two sessions. Resolves with the screen when both are there. */
async function showBoth(sluice: Sluice, terminal: Terminal): Promise<readonly string[]> {
  for (const host of [NAME, LONG]) await curl(`http://${host}/`, { via: sluice.address(1) });
  return (await terminal.waitFor(/unknown-host/)).trimEnd().split('\n');
}
