import { renderOptionsTable } from '../src/config/option-docs.ts';
import { writePart } from './readme-part.ts';

// options-table [--check] [FILE]: the table of options in README.md, from `src/config/groups/`.

process.exitCode = await writePart({
  name: 'options',
  text: renderOptionsTable(),
  script: 'dist/scripts/options-table.js',
});
