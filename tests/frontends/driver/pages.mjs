// Serves a bundled app from an origin of its own.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const TYPES = { html: "text/html", css: "text/css", js: "text/javascript" };

/** Returns the port; the page uses the server at `api`. */
export async function serve(app, api, port = 0) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const name = /^\/(app\.js|style\.css)$/.exec(pathname)?.[1] ?? "index.html";
    const file = await readFile(new URL(`../dist/${app}/${name}`, import.meta.url), "utf8");
    response.setHeader("content-type", `${TYPES[name.split(".").at(-1)]}; charset=utf-8`);
    response.end(name === "index.html" ? file.replace("http://localhost:3000", api) : file);
  });
  await new Promise((listening, failed) => server.once("error", failed).listen(port, "127.0.0.1", listening));
  return { port: server.address().port, stop: () => server.close().closeAllConnections() };
}
