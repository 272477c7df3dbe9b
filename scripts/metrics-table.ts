import { renderMetricsTable } from '../src/account/metrics/reference.ts';
import { writePart } from './readme-part.ts';

// metrics-table [--check] [FILE]: the reference of metrics in README.md, from `src/account/metrics.ts` and `metrics/`.

process.exitCode = await writePart({
  name: 'metrics',
  text: renderMetricsTable(),
  script: 'dist/scripts/metrics-table.js',
});
