import { printable } from '../../account/printable.ts';
import { shellCommand } from '../../account/shell.ts';
import { redisCli } from '../../control/report/redis-cli.ts';
import type { CommandInput } from '../command.ts';
import { isOn } from '../tools/flags.ts';
import { jsonLine, print } from '../tools/output.ts';
import { withRedis } from '../tools/redis.ts';
import { guardOf, readSettings } from '../tools/settings.ts';
import type { Finding } from './finding.ts';
import { lintFile } from './lint-file.ts';
import { lintRedis } from './lint-redis.ts';

/** How often a terminal is told how far a walk has come. */
const PROGRESS_MS = 1000;
const MAX_SHOWN = 300;

/** Print everything that is wrong. Resolves with the exit code: 1 where there is anything. */
export async function lint(input: CommandInput): Promise<number> {
  const { config } = await readSettings(input);
  const printer = new FindingPrinter(isOn(input, 'json'));
  const guard = guardOf(config);
  if (config.routes) {
    printer.print(await lintFile(config.routes, guard));
    return printer.end();
  }
  const progress = new Progress();
  const onLooked = (keys: number) => progress.add(keys);
  await withRedis(config, async (redis) => {
    const cli = redisCli(redis.node);
    for await (const findings of lintRedis({ ...redis, guard, onLooked }))
      printer.print(findings, cli);
  }).finally(() => progress.end());
  return printer.end();
}

/** Prints findings as they come. */
class FindingPrinter {
  readonly #json: boolean;
  #count = 0;

  constructor(json: boolean) {
    this.#json = json;
  }

  /** `cli` is what runs a command that mends, where there are any. */
  print(findings: readonly Finding[], cli: readonly string[] = []): void {
    for (const finding of findings) print(this.#format(finding, cli));
    this.#count += findings.length;
  }

  end(): number {
    if (this.#count === 0 && !this.#json) print('ok: nothing is wrong\n');
    return this.#count === 0 ? 0 : 1;
  }

  #format({ rule, at, what, mend }: Finding, cli: readonly string[]): string {
    const commands = mend?.map((words) => shellCommand([...cli, ...words])) ?? [];
    // Half of it would be worse than nothing.
    const command = commands.includes(null) || commands.length === 0 ? null : commands.join(' && ');
    if (this.#json) return jsonLine({ rule, at, what, mend: command });
    const told = `${rule}  ${shown(at)}: ${shown(what)}\n`;
    return command === null ? told : `${told}    ${command}\n`;
  }
}

/** Says on a terminal how far a long walk has come, on one line that goes again. */
class Progress {
  #keys = 0;
  #toldAt = performance.now();
  #told = false;

  add(keys: number): void {
    this.#keys += keys;
    if (!process.stderr.isTTY || performance.now() - this.#toldAt < PROGRESS_MS) return;
    this.#toldAt = performance.now();
    this.#told = true;
    process.stderr.write(`\r${this.#keys} keys looked at`);
  }

  end(): void {
    if (this.#told) process.stderr.write('\r\u001b[K');
  }
}

function shown(text: string): string {
  return text.length > MAX_SHOWN ? `${printable(text.slice(0, MAX_SHOWN))}…` : printable(text);
}
