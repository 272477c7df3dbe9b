import type { TestContext } from 'node:test';
import type { AdminSources } from '../../../src/admin/entries.ts';
import { openAdmin, type AdminOptions } from '../../../src/admin/server.ts';

const SOURCES: AdminSources = {
  metrics: async () => ({ type: 'text/plain; version=0.0.4', text: 'sluice_up 1\n' }),
  problems: () => [],
  notes: () => ['engine net: asked for'],
  pages: {
    '/api/v1/routes': async (query) => ({ status: 200, body: { after: query.get('after') } }),
    '/api/v1/explain': (query) => ({ status: query.has('host') ? 200 : 400, body: {} }),
  },
  files: { '/': () => ({ status: 200, text: '<!doctype html>', type: 'text/html' }) },
};

/** An admin listener on a free port, until the test ends: `127.0.0.1:41234`. */
export async function openedAdmin(
  t: TestContext,
  sources: Partial<AdminSources> = {},
  options: Partial<AdminOptions> = {},
): Promise<{ readonly address: string; close: () => Promise<void> }> {
  const listener = await openAdmin(
    { host: '127.0.0.1', port: 0, token: null, ...options },
    { ...SOURCES, ...sources },
  );
  let closing: Promise<void> | null = null;
  const close = () => (closing ??= listener.close());
  t.after(close);
  return { address: `127.0.0.1:${listener.address.port}`, close };
}
