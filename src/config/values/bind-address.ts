import { canonicalIp, parseHostPort, type IpEndpoint } from '../../address.ts';
import type { Parsed } from './parsed.ts';

const LOCALHOST = '127.0.0.1';

/**
 * Parse an address of our own, `1.2.3.4:443`, `[::]:443` or `localhost:443` (127.0.0.1). The port is
 * required; 0 asks the system for a free one. `null` for anything else, other names included.
 */
export function parseBindAddress(text: string): IpEndpoint | null {
  const match = /^(.+):(0|[1-9]\d{0,4})$/.exec(text);
  const host = match === null ? null : parseHostPort(match[1]!);
  if (match === null || host === null || host.port !== null) return null;
  const ip = host.host === 'localhost' ? LOCALHOST : canonicalIp(host.host);
  const port = Number(match[2]);
  return ip === null || port > 65_535 ? null : { ip, port };
}

/** Parse where the admin listener accepts, or `off`. */
export function parseAdminAddress(text: string): Parsed<IpEndpoint | 'off'> {
  if (text === 'off') return { value: 'off' };
  const value = parseBindAddress(text);
  return value === null ? { reason: 'is not off or an address such as 127.0.0.1:8404' } : { value };
}

/** Whether only this machine can reach the address. */
export function isLoopback({ ip }: IpEndpoint): boolean {
  return ip === '::1' || ip.startsWith('127.');
}
