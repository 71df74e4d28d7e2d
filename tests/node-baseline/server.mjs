// A minimal webhook channel as one writes it today: one process, one platform, nothing kept.
// Its tool `reply` has nowhere to send to, and answers at once.
// It answers 200 when the notification has been handed to the transport. PORT and SECRET come from the environment.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const { PORT, SECRET } = process.env;
const BODY_BYTES = 1 << 20;

const mcp = new Server(
  { name: 'webhook', version: '0.1.0' },
  {
    capabilities: { experimental: { 'claude/channel': {} }, tools: {} },
    instructions: 'Events arrive as <channel source="webhook" …>. They are one-way: read them and act.',
  },
);
const reply = {
  name: 'reply',
  description: 'Answers in a conversation.',
  inputSchema: {
    type: 'object',
    properties: { chat_id: { type: 'string' }, text: { type: 'string' } },
    required: ['chat_id', 'text'],
  },
};
mcp.setRequestHandler(ListToolsRequestSchema, async () => ({ tools: [reply] }));
mcp.setRequestHandler(CallToolRequestSchema, async (request) => {
  const { chat_id, text } = request.params.arguments ?? {};
  if (request.params.name !== 'reply' || typeof chat_id !== 'string' || typeof text !== 'string') {
    return { isError: true, content: [{ type: 'text', text: 'reply failed: chat_id and text are needed' }] };
  }
  return { content: [{ type: 'text', text: 'sent (id: 1)' }] };
});
await mcp.connect(new StdioServerTransport());

function signed(header, body) {
  const expected = Buffer.from('sha256=' + createHmac('sha256', SECRET).update(body).digest('hex'));
  const given = Buffer.from(header ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function answer(response, status, text) {
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

const http = createServer((request, response) => {
  const chunks = [];
  let size = 0;
  request.on('data', (chunk) => {
    size += chunk.length;
    if (size <= BODY_BYTES) chunks.push(chunk);
  });
  request.on('end', async () => {
    if (size > BODY_BYTES) return answer(response, 413, 'too large');
    const body = Buffer.concat(chunks);
    if (!signed(request.headers['x-hub-signature-256'], body)) return answer(response, 401, 'bad signature');
    let event;
    try {
      event = JSON.parse(body.toString('utf8'));
    } catch {
      return answer(response, 400, 'not JSON');
    }
    const run = event.workflow_run ?? {};
    await mcp.notification({
      method: 'notifications/claude/channel',
      params: {
        content: `${event.repository?.full_name}: ${run.name} ${run.conclusion}`,
        meta: {
          kind: String(request.headers['x-github-event'] ?? ''),
          chat_id: String(event.repository?.full_name ?? ''),
          message_id: String(run.id ?? ''),
          user: 'github',
          ts: new Date().toISOString(),
        },
      },
    });
    answer(response, 200, 'ok');
  });
});
http.listen(Number(PORT), '127.0.0.1');

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
process.stdin.on('end', () => process.exit(0));
