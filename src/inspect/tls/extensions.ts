import type { ServerName } from '../../server-name.ts';
import { Cursor } from '../cursor.ts';
import type { TlsHello, Verdict } from '../hello.ts';
import { readHostName } from '../host-name.ts';
import { malformed } from '../verdict.ts';

// IANA TLS ExtensionType values.
const SERVER_NAME = 0;
const ALPN = 16;
const EARLY_DATA = 42;
const SUPPORTED_VERSIONS = 43;
const ENCRYPTED_CLIENT_HELLO = 0xfe0d;
// RFC 6066 section 3: the one name type there is.
const HOST_NAME = 0;
// Every TLS version is {3, x}. GREASE (RFC 8701) and drafts are not.
const TLS_MAJOR = 3;

// The lists that nearly every hello has: shared, for as long as their sessions last.
const COMMON_LISTS = [['h2', 'http/1.1'], ['http/1.1'], ['h2']].map(encodeList);
const NO_ALPN: readonly string[] = Object.freeze([]);

/** What has been read; `undefined` until its extension is seen, which may happen once. */
interface Found {
  serverName: ServerName | null | undefined;
  alpn: readonly string[] | undefined;
  highestVersion: number | undefined;
  ech: boolean;
  earlyData: boolean;
}

/** What is wrong with an extension, in a few words for the log. */
type Fault = string | null;

/** Read the extensions block of a ClientHello, which `block` holds exactly. */
export function readExtensions(block: Cursor, clientVersion: number): Verdict<TlsHello> {
  const found: Found = {
    serverName: undefined,
    alpn: undefined,
    highestVersion: undefined,
    ech: false,
    earlyData: false,
  };
  while (block.left > 0) {
    const type = block.u16();
    const length = block.u16();
    if (block.overrun || length > block.left) return malformed('truncated extension');
    const fault = readExtension(type, block, length, found);
    if (fault !== null) return malformed(fault);
    block.skip(length);
  }
  return { kind: 'hello', hello: helloOf(found, clientVersion) };
}

function helloOf(found: Found, clientVersion: number): TlsHello {
  return {
    protocol: 'tls',
    serverName: found.serverName ?? null,
    alpn: found.alpn ?? NO_ALPN,
    version: found.highestVersion || clientVersion,
    ech: found.ech,
    earlyData: found.earlyData,
  };
}

function readExtension(type: number, block: Cursor, length: number, found: Found): Fault {
  switch (type) {
    case SERVER_NAME:
      return readServerNames(new Cursor(block.bytes, block.at, block.at + length), found);
    case ALPN:
      return readAlpn(new Cursor(block.bytes, block.at, block.at + length), found);
    case SUPPORTED_VERSIONS:
      return readVersions(new Cursor(block.bytes, block.at, block.at + length), found);
    case EARLY_DATA:
      found.earlyData = true;
      return null;
    case ENCRYPTED_CLIENT_HELLO:
      found.ech = true;
      return null;
    default:
      return null;
  }
}

// RFC 6066 section 3 and RFC 8446 section 4.2: one extension, at most one host_name in it. Whoever takes
// the first of two disagrees with a backend that takes the last.
function readServerNames(list: Cursor, found: Found): Fault {
  if (found.serverName !== undefined) return 'two server_name extensions';
  found.serverName = null;
  if (list.left === 0) return null;
  if (!list.fills16()) return 'length of server_name list';
  let hostNames = 0;
  while (list.left > 0) {
    const type = list.u8();
    const name = list.latin1(list.u16());
    if (type !== HOST_NAME) continue;
    if (++hostNames > 1) return 'two server names';
    found.serverName = readHostName(name);
    if (found.serverName === undefined) return 'server name is not a DNS name';
  }
  return list.overrun ? 'truncated server_name' : null;
}

function readAlpn(list: Cursor, found: Found): Fault {
  if (found.alpn !== undefined) return 'two ALPN extensions';
  if (!list.fills16()) return 'length of ALPN list';
  found.alpn = commonList(list);
  if (found.alpn !== undefined) return null;
  const names: string[] = [];
  while (list.left > 0) {
    const length = list.u8();
    if (length === 0 || length > list.left) return 'ALPN protocol name';
    names.push(list.latin1(length));
  }
  found.alpn = names;
  return null;
}

function commonList(list: Cursor): readonly string[] | undefined {
  for (const { names, bytes } of COMMON_LISTS) {
    if (list.left === bytes.length && list.skipIfEqual(bytes)) return names;
  }
  return undefined;
}

function encodeList(names: readonly string[]): { names: readonly string[]; bytes: Buffer } {
  const bytes = names.flatMap((name) => [name.length, ...Buffer.from(name)]);
  return { names: Object.freeze(names), bytes: Buffer.from(bytes) };
}

function readVersions(list: Cursor, found: Found): Fault {
  if (found.highestVersion !== undefined) return 'two supported_versions extensions';
  if (list.u8() !== list.left || list.left % 2 !== 0) return 'length of supported_versions';
  found.highestVersion = 0;
  while (list.left > 0) {
    const version = list.u16();
    const isTls = version >> 8 === TLS_MAJOR;
    if (isTls) found.highestVersion = Math.max(found.highestVersion, version);
  }
  return null;
}
