// Server processes and folders, removed when this process ends.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const children = new Set();
const folders = new Set();

process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));

/** A new folder, removed when this process ends. */
export function folder() {
  const made = mkdtempSync(join(tmpdir(), "conformance-"));
  folders.add(made);
  return made;
}

/** A free port of this machine. */
export function freePort() {
  return new Promise((found, failed) => {
    const server = createServer().on("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
}

export class Child {
  #printed = "";
  #child;
  #ended;

  constructor(command, args, { cwd, env }) {
    this.#child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    children.add(this.#child);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on("data", (piece) => (this.#printed = (this.#printed + piece).slice(-20_000)));
    }
    this.#ended = new Promise((ended) => {
      this.#child.on("error", (error) => ended(String(error)));
      this.#child.on("exit", (code, signal) => ended(`ended with ${code ?? signal}`));
    }).finally(() => children.delete(this.#child));
  }

  /** Waits until `url` responds; fails with the output of the process. */
  async ready(url) {
    let end;
    this.#ended.then((how) => (end = how));
    for (const last = Date.now() + 30_000; Date.now() < last && !end;) {
      const answer = await fetch(url).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${url} does not answer: the process ${end ?? "still runs"}\n${this.#printed}`);
  }

  async stop() {
    this.#child.kill("SIGTERM");
    const patience = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    await this.#ended;
    clearTimeout(patience);
  }
}
