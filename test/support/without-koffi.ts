import Module from 'node:module';

// Preloaded into every thread of sluice by `node --import`: what it is like where npm left koffi out.
const loader = Module as unknown as { _load: (request: string, ...rest: unknown[]) => unknown };
const load = loader._load;
loader._load = (request, ...rest) => {
  if (request === 'koffi') throw new Error("Cannot find module 'koffi'");
  return load(request, ...rest);
};
