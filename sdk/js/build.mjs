// What `lockgate build` runs in a project's folder, in two steps. `bundle` makes one module of the channel and of what goes around
// it; its arguments: the channel's source, the interfaces and the tools of its channel.toml. `component` gives that to the
// engine's own tool; its argument: "fetch" or "-". Both get first: the engine ("starlingmonkey" or "quickjs"), the folder of the
// package that is used, and, as JSON, the `node_modules` above the project into which others can write. Leaves
// .lockgate/target/core.wasm (StarlingMonkey: a core module that carries its types) or component.wasm (QuickJS).

import { copyFile, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import Module, { register } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

import { table, translated } from "./places.js";

const [step, engine, found, open, ...more] = process.argv.slice(2);
const work = ".lockgate";
const target = join(work, "target");
const bundled = join(target, "bundle.js");
/** Where the bundle's lines come from. */
const places = join(target, "places.json");
const contract = "lockgate:channel";
const version = "0.1.0";

/** What a package asks for in its turn, and lacks, is not taken from where others can put it. */
const looked = Module._nodeModulePaths;
Module._nodeModulePaths = (from) => looked(from).filter((folder) => !JSON.parse(open).includes(folder));

/** A package, which is run: the one that was found and looked at, and no other that node would come to before. */
async function packaged(name) {
  const url = import.meta.resolve(name);
  const entry = await realpath(fileURLToPath(url));
  if (entry.startsWith((await realpath(found)) + sep)) return import(url);
  throw new Error(`${name} would be taken from ${dirname(entry)} and not from ${found}; run \`npm install\` in the project's folder`);
}

/** What others wrote above the project is no part of the channel, however the bundler came to it. */
async function refuseOthers(inputs) {
  for (const path of inputs.filter((path) => path.startsWith("..") || isAbsolute(path))) {
    const { uid } = await stat(path);
    if (uid === 0 || uid === process.geteuid()) continue;
    throw new Error(`${path} belongs to another user (uid ${uid}) and would be part of the channel; run \`npm install\` in the project's folder`);
  }
}

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
  const { build } = await packaged("esbuild");
  await mkdir(target, { recursive: true });
  await writeFile(join(target, "around.js"), around(source, list(interfaces), list(tools)));
  const { outputFiles, metafile } = await build({
    entryPoints: [join(target, "around.js")],
    outfile: bundled,
    write: false,
    metafile: true,
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
  await refuseOthers(Object.keys(metafile.inputs));
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
  const { componentize } = await packaged("componentize-qjs");
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
  const { componentize } = await packaged("@bytecodealliance/componentize-js");
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
