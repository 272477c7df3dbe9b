import { constants, open } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Complaint } from '../../../config/config-error.ts';
import type { RouteRecord } from '../routes/route-record.ts';
import { RouteSet } from '../routes/route-set.ts';
import { ROUTE_OPTION_NAMES } from '../../routes/route-options.ts';
import { parseDocument } from './parse-document.ts';
import { parseRoutes } from './parse-routes.ts';

/**
 * The whole file is parsed on the main thread each time it changes. JSON: half a million routes in
 * about a second. YAML: 15,000 routes in about as long, so more are better written as JSON.
 */
export const MAX_BYTES = { json: 32 * 1024 * 1024, yaml: 1024 * 1024 } as const;

/** What a routes file says. */
export interface RoutesFile {
  readonly routeSet: RouteSet;
  readonly routes: ReadonlyMap<string, RouteRecord>;
  /** Everything that is wrong with it. `path` is `FILE`, `FILE:LINE:COLUMN` or `FILE: "HOST"`. */
  readonly complaints: readonly Complaint[];
  /** It could not be read as a whole: there being no routes says nothing. */
  readonly broken: boolean;
}

/** Read a routes file: YAML by the names `.yaml` and `.yml`, else JSON. Never rejects. */
export async function readRoutesFile(path: string): Promise<RoutesFile> {
  const format = ['.yaml', '.yml'].includes(extname(path).toLowerCase()) ? 'yaml' : 'json';
  const content = await readBounded(path, MAX_BYTES[format]);
  if ('reason' in content) return broken({ path, reason: content.reason });
  const document = await parseDocument(content.text, format);
  if ('reason' in document) {
    const { line, column, reason } = document;
    return broken({ path: line === null ? path : `${path}:${line}:${column}`, reason });
  }
  const readings = parseRoutes(document.value, ROUTE_OPTION_NAMES);
  // An editor that truncates the file before it writes it must not take every route away.
  if (readings === null)
    return broken({ path, reason: 'is not a mapping of hosts; no routes are {}' });
  const routeSet = new RouteSet();
  for (const reading of readings) routeSet.add(reading);
  const complaints = readings.flatMap(({ key, problems }) =>
    problems.map((reason) => ({ path: `${path}: ${JSON.stringify(key)}`, reason })),
  );
  return { routeSet, routes: routeSet.routes, complaints, broken: false };
}

function broken(complaint: Complaint): RoutesFile {
  const routeSet = new RouteSet();
  return { routeSet, routes: routeSet.routes, complaints: [complaint], broken: true };
}

async function readBounded(
  path: string,
  maxBytes: number,
): Promise<{ text: string } | { reason: string }> {
  try {
    // Without NONBLOCK a named pipe would keep us waiting for its writer.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { size } = await file.stat().then((stat) => (stat.isFile() ? stat : { size: -1 }));
    if (size < 0) return { reason: 'is not a regular file' };
    if (size > maxBytes) return { reason: `is larger than ${maxBytes >> 20} MiB` };
    const bytes = await file.readFile();
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    return { reason: readingProblem(error) };
  }
}

function readingProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EACCES') return 'may not be read';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'is not UTF-8';
  return `cannot be read: ${code || String(error)}`;
}
