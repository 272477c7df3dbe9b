import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Client, HttpSays, TlsSays } from './record/client.ts';
import { HTTP_CLIENTS } from './record/http-clients.ts';
import { helloLength } from './record/hello-length.ts';
import { record } from './record/recorder.ts';
import { httpOpinion, tlsOpinion, tsharkVersion } from './record/second-opinion.ts';
import { TLS_CLIENTS } from './record/tls-clients.ts';

// Records what real clients send first. Started by scripts/record-hellos in the repository's root;
// arguments are the names to record, none for all of them.

// Enough to tell what was asked for; some of the names offered are kilobytes long.
const MAX_COMMAND = 400;

interface Kind<Says> {
  readonly folder: string;
  readonly accepts: (bytes: Buffer) => boolean;
  readonly opinion: (bytes: Buffer) => Promise<Says>;
  readonly facts: (bytes: Buffer) => object;
}

const HELLO: Kind<TlsSays> = {
  folder: 'fixtures/hello',
  accepts: (bytes) => helloLength(bytes) !== null,
  opinion: tlsOpinion,
  facts: (bytes) => ({ helloBytes: helloLength(bytes) }),
};

const HTTP: Kind<HttpSays> = {
  folder: 'fixtures/http',
  accepts: (bytes) => bytes.includes('\r\n\r\n'),
  opinion: httpOpinion,
  facts: (bytes) => ({ headBytes: bytes.indexOf('\r\n\r\n') + 4 }),
};

const wanted = new Set(process.argv.slice(2));
let failed = 0;
for (const client of TLS_CLIENTS) await attempt(client, HELLO);
for (const client of HTTP_CLIENTS) await attempt(client, HTTP);
process.exitCode = failed === 0 ? 0 : 1;

async function attempt<Says>(client: Client<Says>, kind: Kind<Says>): Promise<void> {
  const name = `${kind.folder}/${client.name}`;
  if (wanted.size > 0 && !wanted.has(client.name)) return;
  try {
    const bytes = await record(client, kind.accepts);
    await save(client, kind, bytes);
    console.log(`recorded ${name}: ${bytes.length} bytes`);
  } catch (error) {
    failed += 1;
    console.error(`failed   ${name}: ${String(error)}`);
  }
}

async function save<Says>(client: Client<Says>, kind: Kind<Says>, bytes: Buffer): Promise<void> {
  const opinion = await kind.opinion(bytes);
  if (!isDeepStrictEqual(opinion, client.says)) {
    const told = JSON.stringify(client.says);
    throw new Error(`it was told to say ${told}, and tshark reads ${JSON.stringify(opinion)}`);
  }
  const description = {
    client: firstLine(client.about),
    command: client.command.join(' ').slice(0, MAX_COMMAND),
    checkedBy: tsharkVersion(),
    ...kind.facts(bytes),
    ...client.says,
  };
  await mkdir(kind.folder, { recursive: true });
  await writeFile(join(kind.folder, `${client.name}.bin`), bytes);
  const json = `${JSON.stringify(description, null, 2)}\n`;
  await writeFile(join(kind.folder, `${client.name}.json`), json);
}

function firstLine(command: readonly string[]): string {
  const output = execFileSync(command[0]!, command.slice(1), { encoding: 'utf8', stdio: 'pipe' });
  return output.trim().split('\n')[0]!.trim();
}
