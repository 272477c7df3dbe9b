import { many, type Option } from '../option.ts';
import { parseListenUrl } from '../values/listen-url.ts';
import { parseAddressBlock } from '../values/network.ts';

/** Where clients come in, and which of them. */
export const LISTENING_OPTIONS = {
  listen: many('Listening', {
    name: 'listen',
    argument: 'URL',
    summary: 'Accept clients here: tls://, http:// or auto://HOST:PORT; auto tells them apart',
    parse: parseListenUrl,
    default: ['tls://0.0.0.0:443', 'http://0.0.0.0:80'],
  }),
  acceptProxy: many('Listening', {
    name: 'accept-proxy',
    argument: 'CIDR',
    summary: 'Require a PROXY header from these clients, and look for none from others',
    parse: parseAddressBlock,
  }),
  allow: many('Listening', {
    name: 'allow',
    argument: 'CIDR',
    summary: 'Serve only these clients, by the address in the PROXY header where one is accepted',
    parse: parseAddressBlock,
    shownDefault: 'everybody',
  }),
  deny: many('Listening', {
    name: 'deny',
    argument: 'CIDR',
    summary: 'Refuse these clients, allowed or not',
    parse: parseAddressBlock,
  }),
} as const satisfies Record<string, Option>;
