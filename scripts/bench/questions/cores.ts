import { HAPROXY, NGINX } from '../proxies/peers.ts';
import { EPOLL } from '../proxies/sluice.ts';
import type { Question } from './question.ts';
import { measureShort, SHORT_COLUMNS } from './short.ts';

/** sniproxy has no part in it: it is one thread. */
export const CORES: Question = {
  id: 'cores',
  title:
    'Cores: short connections with one worker and with two, which share all cores with the load',
  columns: SHORT_COLUMNS,
  contenders: [EPOLL, HAPROXY, NGINX].flatMap((proxy) =>
    [1, 2].map((workers) => ({ label: `${proxy.name}, ${workers}`, proxy, workers })),
  ),
  names: 1,
  isUnpinned: true,
  measure: measureShort,
};
