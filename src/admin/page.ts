import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import type { Page } from './answer.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

// What the edge says is shown by a page that can run nothing but its own files and ask nobody else.
const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
};

/**
 * The dashboard by path: `/` is the page, `/dashboard/…` what it is made of. The files are read once, now:
 * an installation that is replaced while the edge runs shows no half of each.
 */
export function readDashboard(folder = dashboardFolder()): Readonly<Record<string, Page>> {
  if (!existsSync(join(folder, 'index.html'))) return { '/': notInstalled };
  const files = readdirSync(folder).filter((name) => extname(name) in TYPES);
  const pages = files.map((name) => [pathOf(name), readPage(join(folder, name))] as const);
  return Object.fromEntries(pages);
}

function pathOf(name: string): string {
  return name === 'index.html' ? '/' : `/dashboard/${name}`;
}

function readPage(file: string): Page {
  const text = readFileSync(file, 'utf8');
  return () => ({ status: 200, text, type: TYPES[extname(file)]!, headers: HEADERS });
}

function notInstalled(): { status: number; text: string } {
  return {
    status: 404,
    text: 'the dashboard is not installed; /readyz, /metrics and /api/v1 are here\n',
  };
}

// It is no code of Node's, so that the compiler leaves it where it is: beside the sources.
function dashboardFolder(): string {
  return join(packageFolder(import.meta.dirname), 'src/dashboard');
}

function packageFolder(from: string): string {
  const above = dirname(from);
  return existsSync(join(from, 'package.json')) || above === from ? from : packageFolder(above);
}
