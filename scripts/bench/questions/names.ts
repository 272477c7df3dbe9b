import { memoryKb } from '../proxies/process.ts';
import { HAPROXY, NGINX } from '../proxies/peers.ts';
import { EPOLL, NET } from '../proxies/sluice.ts';
import { alone, type Question } from './question.ts';
import { measureShort, SHORT_COLUMNS } from './short.ts';

/** sniproxy has no part in it: its table is a list of regular expressions, tried one after another. */
export const NAMES: Question = {
  id: 'names',
  title:
    'Many names: short connections for random ones of 100,000, routed from Redis (sluice) or a map (peers)',
  columns: [...SHORT_COLUMNS, { key: 'memory', heading: 'MB', digits: 0 }],
  contenders: alone(EPOLL, NET, HAPROXY, NGINX),
  names: 100_000,
  async measure(load, proxy, pace) {
    const figures = await measureShort(load, proxy, pace);
    return { ...figures, memory: proxy.pid === null ? Number.NaN : memoryKb(proxy.pid) / 1024 };
  },
};
