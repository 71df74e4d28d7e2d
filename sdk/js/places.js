// Where a line of the bundle stands in the author's own sources. The build makes a small table of the bundle's source map, which
// goes into the component; the glue looks up in it what the engine says of an error. Not for a channel's author.

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** Places of one error that are told: the one where it was made, and those that it was called from. */
const TOLD = 4;
/** How the two engines name a line of the bundle, with the column that may stand behind it. */
const BUNDLE = /(?:\/[^\s():@]*\/)?(?:componentize-qjs:user|bundle)\.js:(\d+)(?::\d+)?/;

/** The numbers of one segment of a source map, as they are written there: six bits a digit, the lowest first. */
function numbers(segment) {
  const all = [];
  let [number, shift] = [0, 0];
  for (const letter of segment) {
    const digit = DIGITS.indexOf(letter);
    number |= (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    all.push(number & 1 ? -(number >> 1) : number >> 1);
    [number, shift] = [0, 0];
  }
  return all;
}

/**
 * The table of a source map: `files`, and `runs` of lines that follow each other in both, as [line of the bundle, how many, file,
 * line there]. `name` gives a source its name, or nothing if it is not the author's.
 */
export function table({ sources, mappings }, name) {
  const [files, runs] = [[], []];
  let [source, line] = [0, 0];
  for (const [at, segments] of mappings.split(";").entries()) {
    let first;
    for (const [, sources = 0, lines = 0] of segments.split(",").filter(Boolean).map(numbers)) {
      [source, line] = [source + sources, line + lines];
      first ??= [source, line + 1];
    }
    const file = first && name(sources[first[0]]);
    if (!file) continue;
    if (!files.includes(file)) files.push(file);
    const [begin, count, of, there] = runs.at(-1) ?? [];
    if (begin + count === at + 1 && files[of] === file && there + count === first[1]) runs.at(-1)[1] += 1;
    else runs.push([at + 1, 1, files.indexOf(file), first[1]]);
  }
  return { files, runs };
}

/** `src/channel.js:7` for a line of the bundle, or nothing if it is none of the author's. */
function place(line, { files, runs }) {
  const run = runs.find(([begin, count]) => begin <= line && line < begin + count);
  return run && `${files[run[2]]}:${run[3] + line - run[0]}`;
}

/** Where an error was made, and from where that was called: ` (src/channel.js:7, from src/channel.js:3)`, or nothing. */
export function led(stack, places) {
  const found = String(stack ?? "").split("\n").map((frame) => BUNDLE.exec(frame));
  const own = found.map((line) => line && place(Number(line[1]), places)).filter(Boolean);
  const told = own.filter((one, at) => one !== own[at - 1]).slice(0, TOLD);
  return told.length ? ` (${told.join(", from ")})` : "";
}

/** A text of the engine's with the places of the sources instead of those of the bundle. */
export function translated(text, places) {
  return text.replace(new RegExp(BUNDLE, "g"), (whole, line) => place(Number(line), places) ?? `${whole} (in the bundle)`);
}
