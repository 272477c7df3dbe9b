import { extname } from 'node:path';
import { engineContract } from './engine.ts';

const extension = extname(import.meta.filename);

engineContract({
  name: 'net',
  module: new URL(`../../src/engine/net/engine${extension}`, import.meta.url).href,
  export: 'netEngine',
});
