// What `lockgate build` runs in a project's folder, in two steps. `bundle` makes one module of the channel and of what goes around
// it; its arguments: the engine ("starlingmonkey" or "quickjs"), the channel's source, the interfaces and the tools of its
// channel.toml. `component` gives that to the engine's own tool; its arguments: the engine, and "fetch" or "-". Packages are
// found from the project's folder upward. Leaves .lockgate/target/core.wasm (StarlingMonkey: a core module that carries its
// types) or component.wasm (QuickJS).

import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { register } from "node:module";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";

import { table, translated } from "./places.js";

const [step, engine, ...more] = process.argv.slice(2);
const work = ".lockgate";
const target = join(work, "target");
const bundled = join(target, "bundle.js");
/** Where the bundle's lines come from. */
const places = join(target, "places.json");
const contract = "lockgate:channel";
const version = "0.1.0";

const list = (text) => text.split(",").filter(Boolean);

/** The module around the channel: imports of the contract first, so that they are there when its code is run. */
function around(source, interfaces, tools) {
  const imports = ["store", "host", "http", "database", "command"];
  const lines = imports.map((name) => `import * as ${name} from "${contract}/${name}@${version}";`);
  const path = relative(target, source);
  lines.push(`import { exported, shallow } from "../sdk/js/glue.js";`, `import * as module from "${path}";`);
  if (engine === "quickjs") lines.push("shallow();");
  const about = JSON.stringify({ source, interfaces, tools });
  lines.push(`const about = { ...${about}, places: LOCKGATE_PLACES };`);
  lines.push(`const made = exported(module.default, { ${imports.join(", ")} }, "${engine}", about);`);
  lines.push(...interfaces.map((name) => `export const ${name} = made.${name};`));
  return lines.join("\n") + "\n";
}

async function bundle([source, interfaces, tools]) {
  const { build } = await import("esbuild");
  await mkdir(target, { recursive: true });
  await writeFile(join(target, "around.js"), around(source, list(interfaces), list(tools)));
  const { outputFiles } = await build({
    entryPoints: [join(target, "around.js")],
    outfile: bundled,
    write: false,
    sourcemap: "external",
    sourcesContent: false,
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    external: [`${contract}/*`],
    alias: { "#lockgate": `./${work}/sdk/js/lockgate.js` },
    logLevel: "warning",
    // Without a default export: said below in the author's words.
    logOverride: { "import-is-undefined": "silent" },
  });
  const [code, map] = ["bundle.js", "bundle.js.map"].map((name) => outputFiles.find(({ path }) => basename(path) === name).text);
  const lines = JSON.stringify(table(JSON.parse(map), named));
  await writeFile(places, lines);
  // On the same line: those behind it stay where the map says that they are.
  await writeFile(bundled, code.replace("LOCKGATE_PLACES", () => lines));
}

/** What a source of the bundle is called in an error: a path in the project or in a package, and no name for the SDK's own. */
function named(source) {
  const path = join(target, source);
  const packaged = path.lastIndexOf("node_modules/");
  if (packaged >= 0) return path.slice(packaged);
  if (path.startsWith(`${work}/`)) return undefined;
  return path.startsWith("..") ? basename(path) : path;
}

/** With QuickJS: a component at once. */
async function quickjs() {
  const { componentize } = await import("componentize-qjs");
  const { component } = await componentize({
    witPath: join(work, "wit"),
    world: "project",
    jsSource: await readFile(bundled, "utf8"),
    sync: true,
    optSize: true,
  });
  await writeFile(join(target, "component.wasm"), component);
}

/**
 * With StarlingMonkey: lockgate makes the component itself, so the package that componentize-js does it with, of 300 MB, need not
 * be there. These three names are all that is asked of it.
 */
async function starlingmonkey([fetches]) {
  const instead = "data:text/javascript," + encodeURIComponent(
    "export const componentNew = (core) => core, metadataAdd = (core) => core, preview1AdapterReactorPath = () => import.meta.url;",
  );
  const hook = `export const resolve = (name, context, next) => name === "@bytecodealliance/jco"
    ? { url: ${JSON.stringify(instead)}, shortCircuit: true } : next(name, context);`;
  register("data:text/javascript," + encodeURIComponent(hook));
  const { componentize } = await import("@bytecodealliance/componentize-js");
  const component = await elsewhere((sourcePath, project) =>
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
async function elsewhere(make) {
  const folder = await mkdtemp(join(tmpdir(), "lockgate-"));
  const project = process.cwd();
  const source = join(folder, "bundle.js");
  try {
    await copyFile(bundled, source);
    process.chdir(folder);
    process.env.TMPDIR = folder;
    return (await make(source, project)).component;
  } finally {
    process.chdir(project);
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the engine says of a channel that breaks while it is made, in the author's places; what does not fit, alone. */
async function told(error) {
  const text = error.message ?? String(error);
  const unfit = /unfit: (.*)/.exec(text);
  if (unfit) return unfit[1].split("; ").join("\n");
  const lines = await readFile(places, "utf8").catch(() => undefined);
  return lines && step === "component" ? translated(text, JSON.parse(lines)) : text;
}

try {
  if (step === "bundle") await bundle(more);
  else await (engine === "quickjs" ? quickjs() : starlingmonkey(more));
} catch (error) {
  // esbuild has printed its own errors; anything else is told in its own words, without this file's stack.
  if (!error.errors) console.error(await told(error));
  process.exitCode = 1;
}
