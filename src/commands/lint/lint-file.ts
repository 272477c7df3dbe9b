import { readRoutesFile } from '../../control/sources/file/read-routes.ts';
import type { Guard } from '../../dial/guard.ts';
import type { Finding } from './finding.ts';
import { lintRecord } from './lint-record.ts';

/** What is wrong with a route file. It is mended in an editor. */
export async function lintFile(file: string, guard: Guard): Promise<readonly Finding[]> {
  const { routes, complaints } = await readRoutesFile(file);
  const broken = complaints.map(({ path, reason }): Finding => {
    return { rule: 'bad-file', at: path, what: reason, mend: null };
  });
  const found = [...routes].flatMap(([host, record]) =>
    lintRecord({ record, guard, at: (part) => `${file}: ${JSON.stringify(host)}: ${part}` }),
  );
  return [...broken, ...found.map((finding) => ({ ...finding, mend: null }))];
}
