// Bundles the pinned packages into dist/, and lists in cdn.html the same
// versions as a CDN serves them, with the hashes of the files npm installed.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const { dependencies } = JSON.parse(readFileSync("package.json"));

await build({
  entryPoints: { graphiql: "bundle.js" },
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  legalComments: "eof",
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
});

function attributes(name, file) {
  const hash = createHash("sha384").update(readFileSync(`node_modules/${name}/${file}`)).digest("base64");
  const url = `https://cdn.jsdelivr.net/npm/${name}@${dependencies[name]}/${file}`;
  return `="${url}" integrity="sha384-${hash}" crossorigin`;
}

const script = (name, file) => `<script defer src${attributes(name, file)}></script>\n`;
writeFileSync(
  "cdn.html",
  `<link rel="stylesheet" href${attributes("graphiql", "graphiql.min.css")}>\n` +
    script("react", "umd/react.production.min.js") +
    script("react-dom", "umd/react-dom.production.min.js") +
    script("graphiql", "graphiql.min.js"),
);
