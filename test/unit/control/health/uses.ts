import type { BackendUse } from '../../../../src/control/routes/route-backends.ts';
import { NO_OPTIONS } from '../../../../src/session/route.ts';

/** A backend of a route, ordinary but for what is said. */
export function use(given: Partial<BackendUse> & { readonly slot?: number }): BackendUse {
  const { slot = 1, ...rest } = given;
  const name = `10.0.0.${slot}:443`;
  return {
    pattern: 'app.example.test',
    protocol: 'tls',
    asked: null,
    options: NO_OPTIONS,
    backend: {
      name,
      endpoint: { ip: `10.0.0.${slot}`, port: 443 },
      weight: 1,
      max: null,
      proxy: 'off',
      slot,
    },
    isAcme: false,
    ...rest,
  };
}
