import { parseHost, parseIpv6, parsePort, parseSocketPath } from '../address.ts';
import type { Protocol } from '../protocol.ts';
import type { ProxyMode } from '../proxy-protocol.ts';

/** A backend as it stands in Redis or in a route file, before its name is resolved. */
export type BackendAddress = TcpBackendAddress | UnixBackendAddress;

export interface TcpBackendAddress extends BackendOptions {
  /** A canonical IP literal, or a lower-case DNS name. */
  readonly host: string;
  /** `null` takes the port of the client's protocol. */
  readonly port: number | null;
}

export interface UnixBackendAddress extends BackendOptions {
  readonly path: string;
}

interface BackendOptions {
  /** The only protocol this backend serves; `null` for any. */
  readonly scheme: Protocol | null;
  /** 1 to 1000. */
  readonly weight: number;
  /** Live sessions at once, 1 to 1000000; `null` for any number. */
  readonly max: number | null;
  /** `null` takes the route's. */
  readonly proxy: ProxyMode | null;
}

/** Why a member is not a backend. A closed set, but for the name of an option nobody knows. */
export type BackendComplaint =
  | 'is empty'
  | 'is longer than 512 characters'
  | 'has a scheme other than tls:// or http://'
  | 'has no address'
  | 'has a port that is not 1 to 65535'
  | 'needs brackets round the IPv6 address'
  | 'is not an IPv6 address'
  | 'is not an IPv4 address in plain dotted decimal'
  | 'is not an IP address or a DNS name'
  | 'is not the plain absolute path of a unix socket'
  | 'has an option that is not name=value'
  | 'has an option twice'
  | 'has a weight that is not 1 to 1000'
  | 'has a max that is not 1 to 1000000'
  | 'has a proxy option that is not off, v1 or v2'
  | 'has an unknown option'
  | `has the unknown option ${string}`;

// A DNS name of 253 characters with every option stays below it; tenants write these.
const MAX_LENGTH = 512;
const UNIX = 'unix:';
const DEFAULTS: BackendOptions = { scheme: null, weight: 1, max: null, proxy: null };

type Place = { readonly host: string; readonly port: number | null } | { readonly path: string };

/**
 * Parse `[tls://|http://]ADDRESS[:PORT][?weight=1..1000&max=1..1000000&proxy=off|v1|v2]`, where
 * ADDRESS is IPv4, [IPv6] or a DNS name, or `unix:/path`. Gives the complaint, as text, about anything else.
 *
 * Numbers that only `inet_aton` takes for an address (`127.1`, `0x7f000001`) are refused: whoever
 * resolved them later would dial what no rule has looked at.
 */
export function parseBackendAddress(text: string): BackendAddress | BackendComplaint {
  if (text === '') return 'is empty';
  if (text.length > MAX_LENGTH) return 'is longer than 512 characters';
  const [, scheme, address, optionText] = /^(?:([^/?[\]]*):\/\/)?([^?]*)(?:\?(.*))?$/s.exec(text)!;
  if (scheme !== undefined && !isProtocol(scheme))
    return 'has a scheme other than tls:// or http://';
  const place = parsePlace(address!);
  if (typeof place === 'string') return place;
  const options = optionText === undefined ? DEFAULTS : parseOptions(optionText);
  if (typeof options === 'string') return options;
  return { ...place, ...options, scheme: scheme ?? null };
}

function isProtocol(scheme: string): scheme is Protocol {
  return scheme === 'tls' || scheme === 'http';
}

function parsePlace(address: string): Place | BackendComplaint {
  if (address.startsWith(UNIX)) return parseSocket(address.slice(UNIX.length));
  if (address.startsWith('[')) return parseBracketed(address);
  if (/^[\da-f.]*:[\da-f.]*:[\da-f.:]*$/i.test(address))
    return 'needs brackets round the IPv6 address';
  const [, host, portText] = /^([^:]*)(?::(.*))?$/s.exec(address)!;
  if (host === '') return 'has no address';
  const parsed = parseHost(host!);
  return parsed === null ? complainOfHost(host!) : withPort(parsed, portText);
}

function parseSocket(text: string): Place | BackendComplaint {
  const path = parseSocketPath(text);
  return path === null ? 'is not the plain absolute path of a unix socket' : { path };
}

function parseBracketed(address: string): Place | BackendComplaint {
  const match = /^\[([^\]]*)\](?::(.*))?$/s.exec(address);
  const ip = match === null ? null : parseIpv6(match[1]!);
  return ip === null ? 'is not an IPv6 address' : withPort(ip, match![2]);
}

function withPort(host: string, portText: string | undefined): Place | BackendComplaint {
  if (portText === undefined) return { host, port: null };
  const port = parsePort(portText);
  return port === null ? 'has a port that is not 1 to 65535' : { host, port };
}

// `010.0.0.1`, `127.1`, `0x7f.1`, `10.0.0.256`: whoever wrote one of these meant an address.
function complainOfHost(host: string): BackendComplaint {
  return /(?:^|\.)(?:\d+|0x[\da-f]*)\.?$/i.test(host)
    ? 'is not an IPv4 address in plain dotted decimal'
    : 'is not an IP address or a DNS name';
}

function parseOptions(text: string): BackendOptions | BackendComplaint {
  const options: { -readonly [K in keyof BackendOptions]: BackendOptions[K] } = { ...DEFAULTS };
  const seen = new Set<string>();
  for (const pair of text.split('&')) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined) return 'has an option that is not name=value';
    if (seen.has(name)) return 'has an option twice';
    seen.add(name);
    const complaint = setOption(options, name, value!);
    if (complaint !== null) return complaint;
  }
  return options;
}

function setOption(
  options: { weight: number; max: number | null; proxy: ProxyMode | null },
  name: string,
  value: string,
): BackendComplaint | null {
  if (name === 'weight') {
    if (!/^(?:[1-9]\d{0,2}|1000)$/.test(value)) return 'has a weight that is not 1 to 1000';
    options.weight = Number(value);
    return null;
  }
  if (name === 'max') {
    if (!/^(?:[1-9]\d{0,5}|1000000)$/.test(value)) return 'has a max that is not 1 to 1000000';
    options.max = Number(value);
    return null;
  }
  if (name !== 'proxy') return complainOfOption(name);
  if (!isProxyMode(value)) return 'has a proxy option that is not off, v1 or v2';
  options.proxy = value;
  return null;
}

function isProxyMode(value: string): value is ProxyMode {
  return value === 'off' || value === 'v1' || value === 'v2';
}

// Only a name that looks like one is repeated: the complaint ends up in a log.
function complainOfOption(name: string): BackendComplaint {
  return /^[a-z][a-z0-9-]{0,31}$/.test(name)
    ? `has the unknown option ${name}`
    : 'has an unknown option';
}
