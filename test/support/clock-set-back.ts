import { existsSync } from 'node:fs';

// Preloaded into every thread of sluice by `node --import`. While there is a file `set-back` in the folder
// CLOCK, the wall clock is an hour behind.
const folder = process.env['CLOCK'];
const HOUR_MS = 3_600_000;

if (folder !== undefined) {
  const now = Date.now;
  Date.now = () => (existsSync(`${folder}/set-back`) ? now() - HOUR_MS : now());
}
