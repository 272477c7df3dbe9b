import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../test/support/root.ts';

/** Where and on what it ran, a line each. */
export function describeMachine(): string[] {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return [
    `${cpus().length} × ${cpus()[0]!.model.trim()}, ${gigabytes} GB, ${hypervisor()}, Linux ${release()}, ${process.arch}`,
    `sluice ${sluiceVersion()} on Node ${process.versions.node} with koffi ${koffiVersion()}`,
    firstLine('haproxy', '-v').replace(/ -? ?https.*/, ''),
    firstLine('nginx', '-v'),
    firstLine('sniproxy', '-V'),
    firstLine('redis-server', '--version').replace(/ sha=.*/, ''),
  ];
}

function hypervisor(): string {
  const flags = readFileSync('/proc/cpuinfo', 'latin1');
  return flags.includes('hypervisor') ? 'virtual' : 'bare metal';
}

function sluiceVersion(): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Versioned;
  try {
    const git = ['describe', '--always', '--dirty'];
    return `${version} (${execFileSync('git', git, { cwd: ROOT, encoding: 'utf8' }).trim()})`;
  } catch {
    // Not a checkout.
    return version;
  }
}

function koffiVersion(): string {
  const file = join(ROOT, 'node_modules/koffi/package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as Versioned).version;
}

function firstLine(program: string, ...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return `${stdout}${stderr}`.trim().split('\n')[0]!;
}

interface Versioned {
  readonly version: string;
}
