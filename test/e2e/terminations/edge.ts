import { refusingAddress, silentAddress } from '../../support/dead-addresses.ts';
import { startRawBackend, type RawBackend } from '../../support/raw-backend.ts';
import { startSluice, type Sluice, type SluiceOptions } from '../../support/sluice.ts';

export const NAME = 'app.example.test';
/** Hosts are called after what their only backend, or their route, does. */
export const HOSTS = {
  refuses: 'refuses.example.test',
  silent: 'silent.example.test',
  speaksTls: 'speaks-tls.example.test',
  speaksHttp: 'speaks-http.example.test',
  denies: 'denies.example.test',
  full: 'full.example.test',
  busy: 'busy.example.test',
  hurried: 'hurried.example.test',
  redirects: 'redirects.example.test',
} as const;
/** Listed in `--accept-proxy`: clients at this address have to send a PROXY header. */
export const PROXY_CLIENT = '127.0.0.2';

/** A real sluice in front of a backend that does as it is told. */
export interface Edge extends AsyncDisposable {
  readonly sluice: Sluice;
  /** The backend of `NAME`. */
  readonly backend: RawBackend;
  readonly tls: string;
  readonly http: string;
}

export type EdgeOptions = Pick<SluiceOptions, 'args' | 'env' | 'ready' | 'redis'> & {
  /** More backends of `NAME`. */
  readonly alsoBackends?: readonly string[];
};

export async function startEdge(options: EdgeOptions = {}): Promise<Edge> {
  const parts: AsyncDisposable[] = [];
  const end = async () => {
    for (const part of parts.toReversed()) await part[Symbol.asyncDispose]();
  };
  try {
    return { ...(await startParts(options, parts)), [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function startParts(
  { alsoBackends = [], args = [], ...given }: EdgeOptions,
  parts: AsyncDisposable[],
): Promise<Omit<Edge, typeof Symbol.asyncDispose>> {
  const use = <T extends AsyncDisposable>(part: T): T => {
    parts.push(part);
    return part;
  };
  const backend = use(await startRawBackend());
  const refusing = use(await refusingAddress());
  const silent = use(await silentAddress());
  const routes = {
    [NAME]: { backends: [backend.address, ...alsoBackends] },
    [HOSTS.refuses]: { backends: [refusing.address] },
    [HOSTS.silent]: { backends: [silent.address] },
    [HOSTS.speaksTls]: { backends: [`tls://${backend.address}`] },
    [HOSTS.speaksHttp]: { backends: [`http://${backend.address}`] },
    [HOSTS.denies]: { backends: [backend.address], deny: '127.0.0.0/8' },
    [HOSTS.full]: { backends: [backend.address], 'max-connections': '1' },
    [HOSTS.busy]: { backends: [`${backend.address}?max=1`], 'queue-timeout': '100ms' },
    [HOSTS.hurried]: { backends: [`${backend.address}?max=1`], 'queue-max': '0' },
    [HOSTS.redirects]: { backends: [backend.address], redirect: 'https' },
  };
  // A client that never speaks is logged at debug.
  const common = ['--log-level', 'debug', '--accept-proxy', `${PROXY_CLIENT}/32`];
  const sluice = use(await startSluice({ routes, args: [...common, ...args], ...given }));
  return { sluice, backend, tls: sluice.address(0), http: sluice.address(1) };
}
