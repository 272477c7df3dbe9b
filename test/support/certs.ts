import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './root.ts';

const run = promisify(execFile);

/** A certificate for tests. All of a process are signed by the one authority. */
export interface Certificate {
  /** Its subject's organisation: tells two certificates of one name apart. */
  readonly label: string;
  /** The subject, as openssl and curl print it. */
  readonly subject: string;
  readonly cert: string;
  readonly key: string;
  /** Both in one file, as haproxy wants them. */
  readonly pem: string;
  /** The authority's certificate: what clients trust. */
  readonly ca: string;
}

const made = new Map<string, Promise<Certificate>>();
let folder: string | undefined;
let last: Promise<unknown> = Promise.resolve();

/** The certificate with this label for these names, made on first use and kept for the process. */
export function certificateFor(label: string, ...names: readonly string[]): Promise<Certificate> {
  const pair = `${label}=${names.join(',')}`;
  let certificate = made.get(pair);
  if (certificate === undefined) {
    // One after the other: the first makes the authority.
    certificate = last.then(() => make(label, pair, names[0]!));
    last = certificate.catch(() => undefined);
    made.set(pair, certificate);
  }
  return certificate;
}

async function make(label: string, pair: string, name: string): Promise<Certificate> {
  const dir = certificatesFolder();
  await run(join(ROOT, 'scripts/make-certs'), [dir, pair]);
  const file = (ending: string) => join(dir, `${label}.${ending}`);
  return {
    label,
    subject: `O = ${label}, CN = ${name}`,
    cert: file('crt'),
    key: file('key'),
    pem: file('pem'),
    ca: join(dir, 'ca.crt'),
  };
}

function certificatesFolder(): string {
  if (folder === undefined) {
    const path = mkdtempSync(join(tmpdir(), 'sluice-certs-'));
    process.once('exit', () => rmSync(path, { recursive: true, force: true }));
    folder = path;
  }
  return folder;
}
