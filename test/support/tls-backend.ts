import { certificateFor, type Certificate } from './certs.ts';
import { startNginx, type Nginx, type NginxOptions } from './nginx.ts';

export interface TlsBackendOptions extends Omit<NginxOptions, 'certificate'> {
  /** The names its certificate is for; the certificate's label is the backend's name. */
  readonly names: readonly string[];
}

/** A real nginx with a certificate of its own. */
export interface TlsBackend extends Nginx {
  readonly certificate: Certificate;
}

export async function startTlsBackend(options: TlsBackendOptions): Promise<TlsBackend> {
  const certificate = await certificateFor(options.name, ...options.names);
  return Object.assign(await startNginx({ ...options, certificate }), { certificate });
}
