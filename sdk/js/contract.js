// The contract's imports as the engine has them: put in by what `lockgate build` writes around a channel, or by the harness
// of a test. Nothing here is for a channel's author.

let installed = null;

/** Puts the imports in: `store`, `host`, `http`, `database`, `command`, and `wide`, which makes a u64 of a number. */
export function install(modules) {
  installed = modules;
}

/** One of the imports. */
export function contract(name) {
  if (!installed) throw new Error(`${name} is the host's: in a test, make a Harness first`);
  return installed[name];
}

/**
 * What the contract's function threw: the value itself, or an error of the engine's that carries it. StarlingMonkey's bindings live
 * in a realm of their own, so that neither their errors nor their bytes are instances of ours.
 */
export function thrown(error) {
  return typeof error === "object" && error !== null && "payload" in error ? error.payload : error;
}

/** A number as the engine wants a u64: StarlingMonkey a BigInt, QuickJS a number. */
export function wide(number) {
  return installed.wide(Math.max(0, Math.trunc(Number(number))));
}
