import type { Certificate } from './certs.ts';
import { startProgram, type Program } from './program.ts';

export interface OpensslOptions {
  readonly certificate: Certificate;
  /** More of what s_server understands: `-rev` answers each line reversed, `-www` with a page. */
  readonly args?: readonly string[];
}

/** A real `openssl s_server`. Its input stays open, and what it prints is in `program`. */
export interface OpensslBackend extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly program: Program;
}

export async function startOpensslBackend(options: OpensslOptions): Promise<OpensslBackend> {
  const { certificate, args = ['-rev'] } = options;
  const files = ['-cert', certificate.cert, '-key', certificate.key];
  let address = '';
  const program = await startProgram(
    ['openssl', 's_server', '-accept', '127.0.0.1:0', ...files, ...args],
    async ({ stdout }) => {
      address = (await stdout.match(/^ACCEPT (\S+)$/))[1]!;
    },
  );
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  return { address, port, program, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}
