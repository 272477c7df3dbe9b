import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { writeFileSync } from 'node:fs';

/**
 * What `skip` of a test is to be where something of the machine is `missing`: the reason, said aloud. Throws in CI,
 * which leaves nothing out, unless `SLUICE_ALLOW_SKIPS=1`.
 */
export function skipWithout(missing: string | null, env = process.env): string | false {
  if (missing === null) return false;
  if (env['CI'] === 'true' && env['SLUICE_ALLOW_SKIPS'] !== '1')
    throw new Error(`CI must not skip this (SLUICE_ALLOW_SKIPS=1 lets it): ${missing}`);
  console.warn(`skipped: ${missing}`);
  return missing;
}

/** `CLONE_NEWNET` of sched.h. */
const NEW_NETWORK = 0x40000000;

/**
 * Move this test, and every program it starts from now on, to a network namespace of its own, with nothing
 * in it but a loopback interface. It ends with them. Gives the reason where that is not permitted: then
 * nothing has changed.
 */
export function enterOwnNetwork(): string | null {
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    const unshare = koffi.load(null).func('int unshare(int)');
    // Of the calling thread: the one that node forks programs from.
    if (unshare(NEW_NETWORK) !== 0) return `unshare(2) failed: ${errnoName(koffi.errno())}`;
    execFileSync('ip', ['link', 'set', 'lo', 'up']);
    return null;
  } catch (error) {
    return `no network namespace: ${(error as Error).message}`;
  }
}

/** Give the namespace so few ports to dial from. */
export function narrowPorts(first: number, last: number): void {
  writeFileSync('/proc/sys/net/ipv4/ip_local_port_range', `${first} ${last}`);
}

/** Have the kernel drop packets that come in and match, as nft(8) has it. Gives the reason where it cannot. */
export function dropPackets(...matches: readonly string[]): string | null {
  const rules = matches.map((match) => `add rule ip faults in ${match} drop\n`).join('');
  const chain = 'add chain ip faults in { type filter hook input priority 0 ; }\n';
  try {
    execFileSync('nft', ['-f', '-'], { input: `add table ip faults\n${chain}${rules}` });
    return null;
  } catch (error) {
    return `nft(8) cannot drop packets: ${(error as Error).message}`;
  }
}

/** Let every packet through again. */
export function dropNoPackets(): void {
  execFileSync('nft', ['delete', 'table', 'ip', 'faults']);
}

function errnoName(errno: number): string {
  const found = Object.entries(constants.errno).find(([, number]) => number === errno);
  return found?.[0] ?? String(errno);
}
