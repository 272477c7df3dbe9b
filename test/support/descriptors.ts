import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Sockets that a process has open. Of Linux alone. */
export function openSockets({ pid }: { readonly pid: number }): number {
  const folder = `/proc/${pid}/fd`;
  const links = readdirSync(folder).map((fd) => linkOf(join(folder, fd)));
  return links.filter((link) => link.startsWith('socket:')).length;
}

// The descriptor of the listing itself is gone by the time it is looked at.
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
