// Whether a channel has what its channel.toml names, and nothing beside it. Looked at while the component is made: a call would
// find out too late. Not for a channel's author.

const SECTIONS = ["life", "source", "hook", "timer", "socket", "media", "sink", "tools"];
const title = (section) => (section === "tools" ? "[[tool]]" : `[${section}]`);

/** All that does not fit, a sentence each. */
export function unfit(definition, { source, interfaces, tools }) {
  if (typeof definition !== "object" || definition === null) return [`${source} exports no channel({ ... }) by default`];
  const all = [];
  for (const section of interfaces.filter((section) => section !== "tools" && !has(definition, section))) {
    const due = section === "sink" ? "`sink` with a function `send`" : `function \`${section}\``;
    all.push(`channel.toml has ${title(section)}, and ${source} has no ${due}`);
  }
  for (const key of Object.keys(definition)) {
    if (!SECTIONS.includes(key)) all.push(`${source} has \`${key}\`, which is no section of a channel.toml`);
    else if (!interfaces.includes(key)) all.push(`${source} has \`${key}\`, and channel.toml has no ${title(key)}`);
  }
  return [...all, ...unfitTools(definition.tools ?? {}, source, tools)];
}

function unfitTools(given, source, named) {
  const missing = named.filter((name) => typeof given[name] !== "function");
  const more = named.length > 0 ? Object.keys(given).filter((name) => !named.includes(name)) : [];
  return [
    ...missing.map((name) => `channel.toml has the tool ${name}, and ${source} has no function of that name in \`tools\``),
    ...more.map((name) => `${source} has the tool ${name}, and channel.toml has no [[tool]] of that name`),
  ];
}

const has = (definition, section) => typeof (section === "sink" ? definition.sink?.send : definition[section]) === "function";

/** Throws what does not fit, in one line that the build finds again in whatever the engine says of it. */
export function checkFit(definition, about) {
  const all = unfit(definition, about);
  if (all.length) throw new TypeError(`unfit: ${all.join("; ")}`);
}
