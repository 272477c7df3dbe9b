import { isIP } from 'node:net';
import { parseServerName } from '../server-name.ts';
import type { ServerName } from '../server-name.ts';

/**
 * The server name in the text that a client gave for one. `null` when it names nobody: clients in use
 * send an empty name or an IP literal, and no route can be meant. `undefined` when it is malformed.
 */
export function readHostName(text: string): ServerName | null | undefined {
  const name = parseServerName(text);
  if (name !== null || text === '') return name;
  const isBracketed = text.startsWith('[') && text.endsWith(']');
  return isIP(isBracketed ? text.slice(1, -1) : text) === 0 ? undefined : null;
}
