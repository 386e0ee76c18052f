// Lists and calls every tool with the official TypeScript client, over HTTP and over stdio.
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const { CUECARD_URL: url, CUECARD_BINARY: binary, CONTENT: content, DATA: data } = process.env;

const calls = {
  search_knowledge: { query: "early termination fee", lang: ["en"] },
  get_article: { article_id: "dispute-a-bill", section: "steps" },
  suggest_for_call: { turns: [{ role: "customer", text: "I want to cancel my contract" }] },
  list_topics: {},
  report_gap: { query: "are pets allowed in the shop" },
  status: {},
  search: { query: "解约" },
  fetch: { id: "dispute-a-bill" },
};

const ways = {
  HTTP: () => new StreamableHTTPClientTransport(new URL(`${url}/mcp`)),
  "stdio, on the articles": () =>
    new StdioClientTransport({ command: binary, args: ["mcp", "--content", content, "--data", data, "--model", "none"] }),
  "stdio, through the server": () => new StdioClientTransport({ command: binary, args: ["mcp", "--url", url] }),
};

for (const [way, transport] of Object.entries(ways)) {
  const client = new Client({ name: "check", version: "1" });
  await client.connect(transport());
  // Listing first makes the client hold results against the output schemas.
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map((tool) => tool.name).sort(), Object.keys(calls).sort());
  for (const [name, args] of Object.entries(calls)) {
    const result = await client.callTool({ name, arguments: args });
    assert(!result.isError, `${name}: ${JSON.stringify(result.content)}`);
    assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent);
    const refused = await client.callTool({ name, arguments: { colour: "red" } });
    assert(refused.isError && refused.content[0].text.includes("colour"), name);
  }
  const { resources } = await client.listResources();
  const read = await client.readResource({ uri: resources[0].uri });
  assert(read.contents[0].text.includes("<quote-"));
  const { prompts } = await client.listPrompts();
  assert.equal(prompts.length, 2);
  await client.close();
  console.log(`typescript client: ${way}: every tool answers`);
}
