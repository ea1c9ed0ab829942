// How an endpoint of a fake provider misbehaves. Each fault is the name of an answer.

const MEBIBYTE = 1024 * 1024;

/** Sends a byte now and then, for as long as the client waits. */
function trickle(response) {
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" "), 200);
  response.on("close", () => clearInterval(timer));
}

async function huge(response) {
  response.writeHead(200, { "content-type": "application/json" });
  response.on("error", () => {});
  response.write('{"filler":"');
  for (let sent = 0; sent < 10 && !response.destroyed; sent++) {
    const isBuffered = response.write("x".repeat(MEBIBYTE));
    if (!isBuffered) await new Promise((go) => response.once("drain", go).once("close", go));
  }
  response.end('"}');
}

const redirect = (location) => (response) => response.writeHead(302, { location }).end();

export const FAULTS = {
  html: (response) =>
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><p>Sorry</p>"),
  error: (response) =>
    response.writeHead(500, { "content-type": "application/json" }).end('{"error":"server_error"}'),
  "not-json": (response) =>
    response.writeHead(200, { "content-type": "application/json" }).end("{not json"),
  empty: (response) => response.writeHead(200, { "content-length": "0" }).end(),
  null: (response) => response.writeHead(200, { "content-type": "application/json" }).end("null"),
  huge,
  /** Nothing is ever answered. */
  silent: () => {},
  slow: trickle,
  /** The connection ends without an answer. */
  close: (response) => response.destroy(),
  "redirect-private": redirect("http://10.0.0.1/"),
  "redirect-host": redirect("http://127.0.0.2:9/"),
};
