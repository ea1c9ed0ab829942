// One request and its response with exactly the given headers. `fetch` would add Sec-Fetch-Mode,
// which only browsers send.
import { request } from "node:http";

/** A response: `header(name)`, `cookies` as whole headers, `text`, `json`. */
export class Answer {
  constructor(status, headers, text) {
    this.status = status;
    this.headers = headers;
    this.text = text;
    this.cookies = headers.getSetCookie();
  }

  header(name) {
    return this.headers.get(name);
  }

  get json() {
    return JSON.parse(this.text);
  }

  /** The header that sets the cookie with this suffix, or undefined. */
  cookie(suffix) {
    return this.cookies.findLast((line) => line.split("=")[0].endsWith(suffix));
  }
}

export function exchange(server, { method, path, headers = {}, body }) {
  return new Promise((answered, failed) => {
    const isSized = body !== undefined && !headers["transfer-encoding"];
    const length = isSized ? { "content-length": Buffer.byteLength(body) } : {};
    const options = { method, path, headers: { ...headers, ...length }, agent: false };
    const asked = request(server.address, options, async (response) => {
      let text = "";
      for await (const piece of response.setEncoding("utf8")) text += piece;
      const lines = new Headers();
      const { rawHeaders: raw } = response;
      for (let at = 0; at < raw.length; at += 2) lines.append(raw[at], raw[at + 1]);
      answered(new Answer(response.statusCode, lines, text));
    });
    asked.on("error", failed).end(body);
  });
}
