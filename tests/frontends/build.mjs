// Generates the types of schema.graphql and of the operations, compiles the apps strictly, and
// bundles them into dist/.
import { execFileSync } from "node:child_process";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { codegen } from "@graphql-codegen/core";
import * as typedDocumentNode from "@graphql-codegen/typed-document-node";
import * as typescript from "@graphql-codegen/typescript";
import * as typescriptOperations from "@graphql-codegen/typescript-operations";
import { build } from "esbuild";
import { buildSchema, parse } from "graphql";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const APPS = ["apollo", "urql"];

/** Writes shared/generated.ts: a typed document for every operation. */
async function generate() {
  const schema = await readFile(process.env.SCHEMA ?? here("../../schema.graphql"), "utf8");
  const operations = await readFile(here("shared/operations.graphql"), "utf8");
  const config = {
    // Both caches add __typename to queries, and require it in written data.
    nonOptionalTypename: true,
    skipTypeNameForRoot: true,
    avoidOptionals: { field: true },
    onlyOperationTypes: true,
    enumsAsTypes: true,
    useTypeImports: true,
    defaultScalarType: "unknown",
    scalars: { DateTime: "string", ID: "string" },
  };
  const code = await codegen({
    filename: "generated.ts",
    schema: parse(schema),
    schemaAst: buildSchema(schema),
    documents: [{ location: "operations.graphql", document: parse(operations) }],
    config,
    plugins: [{ typescript: {} }, { typescriptOperations: {} }, { typedDocumentNode: {} }],
    pluginMap: { typescript, typescriptOperations, typedDocumentNode },
  });
  await writeFile(here("shared/generated.ts"), code);
}

function check() {
  const compiler = fileURLToPath(import.meta.resolve("typescript/bin/tsc"));
  try {
    execFileSync(process.execPath, [compiler, "--noEmit", "--project", here(".")], { encoding: "utf8" });
  } catch (error) {
    throw new Error(`the apps do not compile:\n${error.stdout}`);
  }
}

async function bundle() {
  await rm(here("dist"), { recursive: true, force: true });
  await build({
    entryPoints: Object.fromEntries(APPS.map((app) => [`${app}/app`, here(`${app}/main.tsx`)])),
    outdir: here("dist"),
    bundle: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxDev: true,
    // Development builds of the libraries, whose warnings fail the tests.
    conditions: ["development"],
    define: { "process.env.NODE_ENV": '"development"' },
  });
  const styles = ["shared/style.css", "shared/plugins/style.css"];
  const style = (await Promise.all(styles.map((file) => readFile(here(file), "utf8")))).join("\n");
  for (const app of APPS) {
    await mkdir(here(`dist/${app}`), { recursive: true });
    await copyFile(here("shared/index.html"), here(`dist/${app}/index.html`));
    await writeFile(here(`dist/${app}/style.css`), style);
  }
}

await generate();
check();
await bundle();
