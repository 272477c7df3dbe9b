import { EngineUnavailable, selectEngine, type EngineChoice } from '../src/engine/select.ts';

// Exits with 0 where the engine given can run, else prints why not and exits with 1.
try {
  selectEngine(process.argv[2] as EngineChoice);
} catch (error) {
  if (!(error instanceof EngineUnavailable)) throw error;
  console.log(error.message);
  process.exitCode = 1;
}
