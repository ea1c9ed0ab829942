// The services that check captchas and passwords: one process for both servers. A captcha's answer
// is its test: "good", "bad", "low" (a low score), "elsewhere" (another host and action), "down".
import { createHash } from "node:crypto";
import { createServer } from "node:http";

/** Passwords that were in a breach. */
export const BREACHED = ["breached horse battery", "another breached battery"];
/** A password whose prefix the service fails to answer. */
export const UNCHECKED = "unchecked horse battery";

const sha1 = (password) => createHash("sha1").update(password).digest("hex").toUpperCase();

const VERDICTS = {
  good: { success: true, score: 0.9, hostname: "books.example", action: "sign-in" },
  low: { success: true, score: 0.1, hostname: "books.example", action: "sign-in" },
  elsewhere: { success: true, score: 0.9, hostname: "evil.example", action: "else" },
  bad: { success: false, "error-codes": ["invalid-input-response"] },
};

async function text(request) {
  let body = "";
  for await (const piece of request) body += piece;
  return body;
}

const fieldsOf = (body, type) =>
  /json/.test(type ?? "") ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));

export class FakeChecks {
  /** The requests since the last `splice`. */
  log = [];
  #server;

  static async start() {
    const fake = new FakeChecks();
    fake.#server = createServer((request, response) => fake.#answer(request, response));
    await new Promise((ready) => fake.#server.listen(0, "127.0.0.1", ready));
    fake.url = `http://127.0.0.1:${fake.#server.address().port}`;
    return fake;
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request, response) {
    const body = await text(request);
    const { method, url, headers } = request;
    if (url === "/siteverify") {
      const fields = fieldsOf(body, headers["content-type"]);
      this.log.push({ method, url, type: headers["content-type"], fields });
      const verdict = VERDICTS[fields.response];
      if (!verdict) return response.writeHead(503).end();
      return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(verdict));
    }
    const prefix = url.replace("/range/", "");
    this.log.push({ method, url, padding: headers["add-padding"] });
    if (sha1(UNCHECKED).startsWith(prefix)) return response.writeHead(503).end();
    const found = BREACHED.map(sha1).filter((hash) => hash.startsWith(prefix));
    const lines = [...found.map((hash) => `${hash.slice(5)}:42`), `${"0".repeat(35)}:0`];
    return response.writeHead(200, { "content-type": "text/plain" }).end(lines.join("\r\n"));
  }
}
