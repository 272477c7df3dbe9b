import { open } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

/** What TLS to Redis needs, as paths; `null` is Node's default. */
export interface TlsFiles {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  /** The name in the certificate, where it is not the one dialled. */
  readonly serverName: string | null;
}

/** Longer than any password of Redis that somebody generates. */
const MAX_SECRET_BYTES = 4096;
/** A bundle of all public authorities is a quarter of it. */
const MAX_PEM_BYTES = 1024 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read',
  EISDIR: 'is not a file',
  ENOTDIR: 'does not exist',
};

/** A file that the configuration names cannot be used. Its message never holds what is in it. */
export class FileUnusable extends Error {
  override readonly name = 'FileUnusable';
  readonly reason: string;

  constructor(path: string, reason: string) {
    super(`${path} ${reason}`);
    this.reason = reason;
  }
}

/** The password in a file: its one line, without the end of line. Rejects with `FileUnusable`. */
export async function readSecretFile(path: string): Promise<string> {
  const text = (await readBounded(path, MAX_SECRET_BYTES)).toString().replace(/\r?\n$/, '');
  if (text === '') throw new FileUnusable(path, 'is empty');
  if (/[\r\n\0]/.test(text)) throw new FileUnusable(path, 'holds more than one line');
  return text;
}

/** What the files say to TLS, checked to fit together. Rejects with `FileUnusable`. */
export async function readTlsFiles(files: TlsFiles): Promise<SecureContextOptions> {
  const given: Record<string, Buffer> = {};
  for (const role of ['ca', 'cert', 'key'] as const) {
    const path = files[role];
    if (path === null) continue;
    given[role] = await readBounded(path, MAX_PEM_BYTES);
    // One after the other, so that the one at fault is named; a key is judged with its certificate.
    try {
      if (role === 'ca') requireCertificate(given[role]);
      createSecureContext(role === 'ca' ? { ca: given[role] } : withoutAuthority(given));
    } catch (error) {
      throw new FileUnusable(path, pemReason(role, error));
    }
  }
  return given;
}

// OpenSSL takes an authority's file without any certificate in it, and then trusts nobody.
function requireCertificate(pem: Buffer): void {
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error('no start line');
}

function withoutAuthority({ cert, key }: Record<string, Buffer>): SecureContextOptions {
  return { ...(cert && { cert }), ...(key && { key }) };
}

function pemReason(role: 'ca' | 'cert' | 'key', error: unknown): string {
  const text = (error as Error).message;
  if (text.includes('key values mismatch')) return 'is not the key of the certificate';
  return role === 'key' ? 'is not a private key in PEM' : 'is not a certificate in PEM';
}

async function readBounded(path: string, limit: number): Promise<Buffer> {
  try {
    await using file = await open(path);
    if (!(await file.stat()).isFile()) throw new FileUnusable(path, 'is not a file');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(limit + 1), 0, limit + 1, 0);
    if (bytesRead > limit) throw new FileUnusable(path, `is longer than ${limit} bytes`);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (error instanceof FileUnusable) throw error;
    const code = String((error as NodeJS.ErrnoException).code);
    throw new FileUnusable(path, REASONS[code] ?? `cannot be read: ${code}`);
  }
}
