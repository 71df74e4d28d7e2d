// What `lockgate build` runs in a project's folder: bundles the channel with what goes around it, and gives the bundle to
// the engine's own tool, whose packages are found from the project's folder upward. Arguments: the engine ("starlingmonkey"
// or "quickjs"), the channel's source, the interfaces of its channel.toml, and "fetch" or "-". Leaves
// .lockgate/target/core.wasm (StarlingMonkey: a core module that carries its types) or component.wasm (QuickJS).

import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { register } from "node:module";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

const [engine, source, interfaces, fetches] = process.argv.slice(2);
const work = ".lockgate";
const target = join(work, "target");
const contract = "lockgate:channel";
const version = "0.1.0";

/** The module around the channel: imports of the contract first, so that they are there when its code is run. */
function around() {
  const imports = ["store", "host", "http", "database", "command"];
  const lines = imports.map((name) => `import * as ${name} from "${contract}/${name}@${version}";`);
  const path = relative(target, source);
  lines.push(`import { exported, shallow } from "../sdk/js/glue.js";`, `import definition from "${path}";`);
  if (engine === "quickjs") lines.push("shallow();");
  lines.push(`const made = exported(definition, { ${imports.join(", ")} }, "${engine}");`);
  lines.push(...interfaces.split(",").filter(Boolean).map((name) => `export const ${name} = made.${name};`));
  return lines.join("\n") + "\n";
}

async function bundle() {
  const { build } = await import("esbuild");
  await mkdir(target, { recursive: true });
  await writeFile(join(target, "around.js"), around());
  const outfile = join(target, "bundle.js");
  await build({
    entryPoints: [join(target, "around.js")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    external: [`${contract}/*`],
    alias: { "#lockgate": `./${work}/sdk/js/lockgate.js` },
    logLevel: "warning",
  });
  return outfile;
}

/** With QuickJS: a component at once. */
async function quickjs(outfile) {
  const { componentize } = await import("componentize-qjs");
  const { component } = await componentize({
    witPath: join(work, "wit"),
    world: "project",
    jsSource: await readFile(outfile, "utf8"),
    sync: true,
    optSize: true,
  });
  await writeFile(join(target, "component.wasm"), component);
}

/**
 * With StarlingMonkey: lockgate makes the component itself, so the package that componentize-js does it with, of 300 MB, need not
 * be there. These three names are all that is asked of it.
 */
async function starlingmonkey(outfile) {
  const instead = "data:text/javascript," + encodeURIComponent(
    "export const componentNew = (core) => core, metadataAdd = (core) => core, preview1AdapterReactorPath = () => import.meta.url;",
  );
  const hook = `export const resolve = (name, context, next) => name === "@bytecodealliance/jco"
    ? { url: ${JSON.stringify(instead)}, shortCircuit: true } : next(name, context);`;
  register("data:text/javascript," + encodeURIComponent(hook));
  const { componentize } = await import("@bytecodealliance/componentize-js");
  const component = await elsewhere(outfile, (sourcePath, project) =>
    componentize({
      sourcePath,
      witPath: join(project, work, "wit"),
      worldName: "project",
      preview2Adapter: sourcePath,
      disableFeatures: fetches === "fetch" ? ["fetch-event"] : ["http", "fetch-event"],
    }),
  );
  await writeFile(join(target, "core.wasm"), component);
}

/** The paths of where the tool works stay in the component: let that be no folder of the author's. */
async function elsewhere(outfile, make) {
  const folder = await mkdtemp(join(tmpdir(), "lockgate-"));
  const project = process.cwd();
  const source = join(folder, "bundle.js");
  try {
    await copyFile(outfile, source);
    process.chdir(folder);
    process.env.TMPDIR = folder;
    return (await make(source, project)).component;
  } finally {
    process.chdir(project);
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  const outfile = await bundle();
  await (engine === "quickjs" ? quickjs(outfile) : starlingmonkey(outfile));
} catch (error) {
  // esbuild has printed its own errors; anything else is told in a line, without this file's stack.
  if (!error.errors) console.error(error.message ?? String(error));
  process.exitCode = 1;
}
