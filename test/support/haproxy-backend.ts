import { writeFile } from 'node:fs/promises';
import type { Certificate } from './certs.ts';
import { makeFolder } from './folder.ts';
import { listen } from './listening.ts';
import { startProgram, type Program } from './program.ts';

export interface HaproxyOptions {
  /** What its answers call it. */
  readonly name: string;
  readonly certificate?: Certificate;
  /** An address of this machine. */
  readonly host?: string;
  /** What its log says of each request, on its standard output. */
  readonly logFormat?: string;
}

/** What it answers beside its name; the names on the left are the keys of `Echo`. */
const ECHOED = {
  host: '%[req.hdr(host)]',
  client: '%[src]:%[src_port]',
  to: '%[dst]:%[dst_port]',
  authority: '%[fc_pp_authority]',
  unique_id: '%[fc_pp_unique_id]',
  server_name: '%[ssl_fc_sni]',
  alpn: '%[ssl_fc_alpn]',
};

/**
 * A real haproxy behind a PROXY header of either version, which it requires: a connection without one,
 * or with a wrong CRC32C, is closed. Answers every request with what the header said.
 */
export interface HaproxyBackend extends AsyncDisposable {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly program: Program;
}

export async function startHaproxyBackend(options: HaproxyOptions): Promise<HaproxyBackend> {
  const folder = await makeFolder();
  try {
    const { server, address, port } = await listen(options);
    const config = folder.file('haproxy.cfg');
    await writeFile(config, configuration(options));
    const program = await startProgram(
      ['haproxy', '-db', '-V', '-f', config],
      ({ stdout }) => stdout.match(/Using \w+\(\) as the polling mechanism/),
      { listening: server },
    );
    const end = async () => {
      await program[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    };
    return { name: options.name, address, port, program, [Symbol.asyncDispose]: end };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

function configuration({ name, certificate, logFormat }: HaproxyOptions): string {
  const tls = certificate ? `ssl crt ${certificate.pem} alpn h2,http/1.1` : '';
  const answer = Object.entries({ backend: name, ...ECHOED }).map(
    ([key, value]) => `${key}=${value}\\n`,
  );
  return `
global
  maxconn 200
  ${logFormat === undefined ? '' : 'log stdout format raw local0'}
defaults
  mode http
  timeout client 30s
  timeout connect 5s
  timeout server 30s
frontend echo
  bind fd@3 accept-proxy ${tls}
  ${logFormat === undefined ? '' : `log global\n  log-format "${logFormat}"`}
  http-request return status 200 content-type text/plain lf-string "${answer.join('')}"
`;
}
