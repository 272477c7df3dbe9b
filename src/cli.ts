#!/usr/bin/env node
import { runCommandLine } from './commands/command-line.ts';
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
});
