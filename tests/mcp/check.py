"""Lists and calls every tool with the official Python client: over HTTP and over stdio, on the articles and through a
server, by the newest revision and by the handshake of older ones. Exits 1 with the first thing that is wrong."""

import argparse
import asyncio
import json

from mcp import Client, MCPError, StdioServerParameters

TURNS = [
    {"role": "agent", "text": "How can I help?"},
    {"role": "customer", "text": "I want to cancel my contract, is there a fee?"},
    {"role": "customer", "text": "提前解约要付违约金吗？"},
]

# Tool, arguments, and what the result must have in it.
CALLS = [
    ("search_knowledge", {"query": "early termination fee"}, "hits"),
    ("search_knowledge", {"query": "提前解约要付多少钱", "lang": ["zh"], "limit": 3}, "hits"),
    ("search_knowledge", {"q": "refund", "top_k": 2, "max_tokens": 300}, "hits"),
    ("get_article", {"article_id": "dispute-a-bill"}, "markdown"),
    ("get_article", {"id": "dispute-a-bill", "section": "steps", "max_tokens": 400}, "markdown"),
    ("get_article", {"article_id": "dispute-a-bill", "lines": [25, 40]}, "markdown"),
    ("suggest_for_call", {"turns": TURNS, "account": {"plan": "fiber-500"}}, "cards"),
    ("list_topics", {}, "topics"),
    ("report_gap", {"query": "are pets allowed in the shop", "comment": "asked twice today"}, "recorded"),
    ("status", {}, "articles"),
    ("search", {"query": "termination fee"}, "results"),
    ("fetch", {"id": "dispute-a-bill"}, "text"),
]


def tokens(text):
    wide = sum(1 for c in text if ord(c) > 127)
    return (len(text) - wide) / 4 + wide / 1.5


async def check(client, tools_expected):
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == {name for name, _, _ in CALLS}, sorted(tools)
    assert len(tools) == tools_expected
    for name, arguments, expected in CALLS:
        # The client itself holds the result against the output schema.
        result = await client.call_tool(name, arguments)
        assert not result.is_error, (name, result.content)
        said = result.structured_content
        assert expected in said, (name, said)
        assert said[expected] not in ([], ""), (name, arguments, said)
        assert json.loads(result.content[0].text) == said, name
        cost = tokens(result.content[0].text)
        assert cost <= arguments.get("max_tokens", 2000), (name, cost)
        for field in ("index", "degraded"):
            assert field in said, (name, field)
    for name, tool in tools.items():
        assert tool.output_schema and tool.annotations.read_only_hint == (name != "report_gap"), name
        refused = await client.call_tool(name, {"colour": "red"})
        assert refused.is_error and "colour" in refused.content[0].text, (name, refused)
    resources = (await client.list_resources()).resources
    assert resources, "no resources"
    read = await client.read_resource(resources[0].uri)
    assert "<quote-" in read.contents[0].text
    assert (await client.list_resource_templates()).resource_templates
    for prompt in (await client.list_prompts()).prompts:
        first = prompt.arguments[0].name
        got = await client.get_prompt(prompt.name, {first: "Is there a fee when I leave early?"})
        assert "<quote-" in got.messages[0].content.text, prompt.name
    for wrong in (client.read_resource("cuecard://articles/nothing"), client.call_tool("nothing", {})):
        try:
            await wrong
        except MCPError:
            continue
        raise AssertionError("an unknown name was taken")


async def main():
    parser = argparse.ArgumentParser()
    for name in ("url", "binary", "content", "data"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args()
    own = ["mcp", "--content", given.content, "--data", given.data, "--model", "none"]
    ways = {
        "HTTP": f"{given.url}/mcp",
        "stdio, on the articles": StdioServerParameters(command=given.binary, args=own),
        "stdio, through the server": StdioServerParameters(command=given.binary, args=["mcp", "--url", given.url]),
    }
    for way, server in ways.items():
        for mode in ("auto", "legacy"):
            async with Client(server, mode=mode) as client:
                version = client.protocol_version
                await check(client, tools_expected=8)
            print(f"python client: {way}, revision {version}: every tool, resource and prompt answers")


asyncio.run(main())
