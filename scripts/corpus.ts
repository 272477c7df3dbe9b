import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../test/support/root.ts';

// Runs the parsers over the vectors that lie beside the project, where they do. More arguments go on to
// check.mjs: `node dist/scripts/corpus.js tls peers`.
const corpus = process.env['CORPUS'] ?? join(ROOT, '..', 'shared', 'corpus');
const check = join(corpus, 'check.mjs');

if (existsSync(check)) {
  const adapter = join(import.meta.dirname, 'corpus-adapter.js');
  const [kind = 'all', ...rest] = process.argv.slice(2);
  const run = spawnSync(process.execPath, [check, adapter, kind, ...rest], { stdio: 'inherit' });
  process.exitCode = run.status ?? 1;
} else {
  console.log(`corpus: skipped, because there is no ${check}`);
}
