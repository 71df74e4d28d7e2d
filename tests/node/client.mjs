// A real MCP client that a test drives: it spawns a server over stdio as an editor or an agent would.
//
//   node client.mjs [--count N] COMMAND [ARGUMENT…]
//
// What happens is printed as JSON lines:
//   {"ready":{"server":…,"capabilities":…,"instructions":…}}      after initialize
//   {"event":{"content":…,"meta":{…}}}                            for each notifications/claude/channel
//   {"changed":"tools"}                                           for notifications/tools/list_changed
//   {"id":…,"result":…} or {"id":…,"error":{"code":…,"message":…}}  for each command
//   {"closed":true}                                               when the server is gone
// What to do is read as JSON lines, each with an id of the test's choice:
//   {"id":1,"do":"tools"}   {"id":2,"do":"call","name":"ack","arguments":{…}}   {"id":3,"do":"ping"}   {"id":4,"do":"quit"}
// With --count N events are only counted; after N of them {"counted":N,"ms":…,"cpu_ms":…} is printed, and it quits.

import { createInterface } from "node:readline";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ToolListChangedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";

// As strict as the client for which lockgate is made: one value that is not a string loses the whole event.
const ChannelSchema = z.object({
  method: z.literal("notifications/claude/channel"),
  params: z.object({ content: z.string(), meta: z.record(z.string(), z.string()).optional() }),
});

const args = process.argv.slice(2);
let count = 0;
if (args[0] === "--count") {
  count = Number(args[1]);
  args.splice(0, 2);
}
const [command, ...rest] = args;
if (!command) {
  console.error("usage: node client.mjs [--count N] COMMAND [ARGUMENT…]");
  process.exit(2);
}

const print = (value) => process.stdout.write(JSON.stringify(value) + "\n");
const client = new Client({ name: "lockgate-test-client", version: "1" }, { capabilities: {} });
const transport = new StdioClientTransport({ command, args: rest, env: { ...process.env }, stderr: "inherit" });

let seen = 0;
let first = 0;
let cpu;
client.setNotificationHandler(ChannelSchema, (notification) => {
  if (!count) {
    print({ event: notification.params });
    return;
  }
  if (seen === 0) {
    first = performance.now();
    cpu = process.cpuUsage();
  }
  seen += 1;
  if (seen === count) {
    const used = process.cpuUsage(cpu);
    print({ counted: seen, ms: performance.now() - first, cpu_ms: (used.user + used.system) / 1000 });
    void quit();
  }
});
client.setNotificationHandler(ToolListChangedNotificationSchema, () => print({ changed: "tools" }));
client.onerror = (error) => print({ trouble: String(error) });
client.onclose = () => {
  print({ closed: true });
  process.exit(0);
};

async function quit() {
  await client.close();
}

const commands = {
  tools: () => client.listTools(),
  call: ({ name, arguments: given }) => client.callTool({ name, arguments: given }),
  ping: () => client.ping(),
  quit: () => quit(),
};

async function perform(line) {
  let order;
  try {
    order = JSON.parse(line);
    if (!Object.hasOwn(commands, order.do)) throw new Error(`no such command: ${order.do}`);
    print({ id: order.id, result: (await commands[order.do](order)) ?? null });
  } catch (error) {
    print({ id: order?.id ?? null, error: { code: error.code ?? null, message: String(error.message) } });
  }
}

await client.connect(transport);
print({
  ready: {
    pid: transport.pid,
    server: client.getServerVersion(),
    capabilities: client.getServerCapabilities(),
    instructions: client.getInstructions(),
  },
});
const input = createInterface({ input: process.stdin });
input.on("line", (line) => void perform(line));
if (!count) input.on("close", () => void quit());
