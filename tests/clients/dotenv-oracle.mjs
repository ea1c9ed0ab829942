// Writes random `.env` files, one per line: {"text", "values"}. The values are those that dotenv
// parses.
//
// Usage: node dotenv-oracle.mjs COUNT SEED

import { parse } from "dotenv";

const [count, seed] = process.argv.slice(2).map(Number);

let state = seed >>> 0;

/** A random number below `below`, with a fixed seed. */
function random(below) {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
}
const oneOf = (list) => list[random(list.length)];
const chance = (percent) => random(100) < percent;
const several = (most, make) => Array.from({ length: random(most + 1) }, make).join("");

const NAMES = ["A", "B_2", "c.d", "e-f", "export", "exportX", "9", "_", "HOST"];
const SCRAPS = [
  "a", "b c", "$A", "${A}", "\\n", "\\r", "\\t", "\\", "\\\\n", "\\\"", "\\'", "\\`", "=", ":", ": ", "#", " # x",
  "'", '"', "`", "é", "😀", "\ufeff", "\u00a0", "\u0085", "\v", "{\"a\": 1}", "postgres://a:b@c/d?e=f&g", "",
  "export ", "-----BEGIN KEY-----",
];
const SPACES = ["", " ", "  ", "\t", "\u00a0", "\u3000", "\f"];
const BREAKS = [..."\n".repeat(20), "\r\n", "\r\n", "\r\n", "\r", "\n\n", "\n \n", "\u2028"];
const space = () => (chance(70) ? "" : oneOf(SPACES));
const gap = () => (chance(4) ? oneOf(BREAKS) : space());
const text = () => several(4, () => oneOf(SCRAPS));
const lines = () => several(3, () => text() + (chance(20) ? oneOf(BREAKS) : ""));

function value() {
  const quote = oneOf(["", "", "'", '"', "`"]);
  const inner = quote === "" ? text() : lines();
  return quote + (chance(60) ? inner.replaceAll(quote || "\0", "") : inner) + (chance(95) ? quote : "");
}
const assignment = () =>
  [
    space(), chance(15) ? `export${oneOf(SPACES)}${gap()}` : "", oneOf(NAMES), gap(), chance(90) ? "=" : oneOf([":", ": ", ""]),
    gap(), value(), space(), chance(15) ? `#${text()}` : "", chance(3) ? text() : "",
  ].join("");
const line = () => {
  if (chance(80)) return assignment();
  return chance(75) ? oneOf(["", space(), `#${text()}`, `  # ${assignment()}`]) : text();
};
const file = () => (chance(5) ? "\ufeff" : "") + several(5, () => line() + oneOf(BREAKS)) + (chance(50) ? assignment() : "");

const written = [];
for (let made = 0; made < count; made += 1) {
  const text = file();
  written.push(JSON.stringify({ text, values: parse(text) }));
}
process.stdout.write(`${written.join("\n")}\n`);
