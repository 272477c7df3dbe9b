import { parseHostPort } from '../../address.ts';
import type { Parse } from '../values/parsed.ts';

/** One of several that are asked where the data is: a sentinel, or a node of a cluster. */
export interface RedisNodeAddress {
  readonly host: string;
  readonly port: number;
}

/** `redis-1.example.com`, `10.0.0.2:26379` or `[fd00::2]:26379`. */
export function redisNode(defaultPort: number): Parse<RedisNodeAddress> {
  return (text) => {
    const parsed = parseHostPort(text);
    if (parsed === null) {
      return { reason: `is not an address such as redis-1.example.com:${defaultPort}` };
    }
    return { value: { host: parsed.host, port: parsed.port ?? defaultPort } };
  };
}
