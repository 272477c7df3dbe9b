import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startBrowser, type TestBrowser } from '../../test/support/browser.ts';
import { ROOT } from '../../test/support/root.ts';
import { eventually } from '../../test/support/wait.ts';
import { startBusyEdge } from './busy-edge.ts';
import { drawScreen } from './draw-screen.ts';
import { Terminal } from './terminal.ts';

const FOLDER = join(ROOT, 'fixtures/pictures');
const CLI = join(import.meta.dirname, '../../src/cli.js');
// The charts show five minutes.
const DEFAULT_SECONDS = 300;
// A page of the README is read over slow lines, too.
const MAX_BYTES = 200_000;

const seconds = Number(process.argv[2] ?? DEFAULT_SECONDS);
await mkdir(FOLDER, { recursive: true });
await using edge = await startBusyEdge();
await using browser = await startBrowser();
const admin = new URL(edge.adminUrl).host;
await Promise.all([
  photograph(browser, 'dashboard-light.png', { width: 1280, height: 1000, dark: false }),
  photograph(browser, 'dashboard-dark.png', { width: 1280, height: 1000, dark: true }),
  photograph(browser, 'dashboard-phone.png', { width: 390, height: 844, dark: true }),
  film('top.svg', 'top', { rows: 24, lines: 12 }),
  film('tail.svg', 'tail', { rows: 40, lines: 26 }),
]);

interface Screen {
  readonly width: number;
  readonly height: number;
  readonly dark: boolean;
}

async function photograph(from: TestBrowser, name: string, screen: Screen): Promise<void> {
  const { page } = await from.open(edge.adminUrl, screen);
  await pass(seconds);
  await page.screenshot({ path: join(FOLDER, name) });
  await tell(name);
}

/** A command that is looked at once it shows so many lines. */
async function film(
  name: string,
  command: string,
  { rows, lines }: { readonly rows: number; readonly lines: number },
): Promise<void> {
  await pass(seconds);
  await using terminal = await Terminal.open(
    [process.execPath, CLI, command, '--admin', admin],
    rows,
  );
  const screen = await eventually(async () => {
    const shown = await terminal.capture();
    return shown.filter((line) => line !== '').length >= lines ? shown : null;
  });
  await writeFile(join(FOLDER, name), drawScreen(screen, `sluice ${command}`));
  await tell(name);
}

async function tell(name: string): Promise<void> {
  const { size } = await stat(join(FOLDER, name));
  console.log(`fixtures/pictures/${name}: ${Math.ceil(size / 1000)} kB`);
  if (size > MAX_BYTES) throw new Error(`${name} is larger than ${MAX_BYTES} bytes`);
}

function pass(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time * 1000));
}
