import { startNginx, type Nginx, type NginxOptions } from './nginx.ts';

/** A real nginx that speaks plain HTTP. */
export function startHttpBackend(options: Omit<NginxOptions, 'certificate'>): Promise<Nginx> {
  return startNginx(options);
}
