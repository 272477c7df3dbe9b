#!/usr/bin/env node
import { runCommandLine } from './commands/command-line.ts';
import { DRAIN, EXPLAIN, LINT, ROUTES, TAIL, TOP, UNDRAIN } from './commands/descriptions.ts';
import { loadConfig } from './config/load.ts';

// Each command is imported when it runs: `--version` loads nothing of Redis, logs or metrics.
process.exitCode = await runCommandLine(process.argv.slice(2), {
  serve: {
    summary: 'Accept clients and relay them to their backends',
    run: async (input) => {
      const { config, warnings } = await loadConfig(input);
      return (await import('./commands/serve.ts')).serve(config, warnings);
    },
  },
  check: {
    summary: 'Validate the configuration and the route file',
    run: async (input) => (await import('./commands/check.ts')).check(input),
  },
  routes: {
    ...ROUTES,
    run: async (input) => (await import('./commands/tools/routes.ts')).routes(input),
  },
  explain: {
    ...EXPLAIN,
    run: async (input) => (await import('./commands/tools/explain.ts')).explain(input),
  },
  tail: {
    ...TAIL,
    run: async (input) => (await import('./commands/tail/tail.ts')).tail(input),
  },
  top: {
    ...TOP,
    run: async (input) => (await import('./commands/top/top.ts')).top(input),
  },
  lint: {
    ...LINT,
    run: async (input) => (await import('./commands/lint/lint.ts')).lint(input),
  },
  drain: {
    ...DRAIN,
    run: async (input) => (await import('./commands/tools/drain.ts')).drain(input),
  },
  undrain: {
    ...UNDRAIN,
    run: async (input) => (await import('./commands/tools/drain.ts')).undrain(input),
  },
});
