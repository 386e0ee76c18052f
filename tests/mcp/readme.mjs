// Runs the documents' TypeScript examples as they stand there, against the server at CUECARD_URL. Each must end well and say something.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import ts from "typescript";

const documents = ["README.md", "docs/integrate.md", "docs/agents.md"].map((path) => readFileSync(path, "utf8")).join("");
const examples = [...documents.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
assert.equal(examples.length, 1, "the documents have another number of TypeScript examples");
for (const [number, example] of examples.entries()) {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const { outputText, diagnostics } = ts.transpileModule(example, { compilerOptions, reportDiagnostics: true });
  assert.deepEqual(diagnostics?.map(({ messageText }) => messageText), [], `TypeScript example ${number + 1} of the documents`);
  // Beside the packages, so that it finds them.
  const file = new URL(`./readme-example-${number}.mjs`, import.meta.url);
  writeFileSync(file, outputText);
  try {
    const said = execFileSync(process.execPath, [file.pathname], { encoding: "utf8", timeout: 60_000 });
    assert.match(said, /early-termination-fee|cancel-contract/, `TypeScript example ${number + 1} of the documents found nothing:\n${said}`);
  } finally {
    rmSync(file);
  }
}
console.log(`README.md, docs: ${examples.length} TypeScript example runs`);
