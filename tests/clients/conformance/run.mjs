// Drives Bookplate and a better-auth server on Node through the same scenarios, and
// compares what they answer: `node conformance/run.mjs --bookplate PATH [--only 1,A2]`, or
// `--node-only` to see what better-auth does by itself. `--show` prints every answer. Ends
// with 1 unless they agree. BETTER_AUTH_CLIENT and BETTER_AUTH_SERVER name other packages
// than better-auth.
import { parseArgs } from "node:util";
import { chosen, compare } from "./compare.mjs";
import { differences } from "./differences.mjs";
import { profiles } from "./profiles.mjs";
import { report, transcript } from "./report.mjs";
import { scenarios } from "./scenarios/index.mjs";
import { Bookplate, NodeServer } from "./server.mjs";
import { Stage } from "./stage.mjs";

const { values: given } = parseArgs({
  options: {
    bookplate: { type: "string" },
    only: { type: "string" },
    "node-only": { type: "boolean", default: false },
    show: { type: "boolean", default: false },
  },
});
if (!given.bookplate && !given["node-only"]) {
  console.error("say where the binary is: --bookplate PATH, or --node-only");
  process.exit(2);
}

/** `{ entries, failure }` of one scenario on one server. */
async function play(scenario, server) {
  const stage = new Stage(server, scenario.number);
  const failure = await scenario.run(stage).then(
    () => undefined,
    (error) => error,
  );
  return { entries: stage.entries, failure };
}

async function judge(scenario, [node, bookplate]) {
  const result = { scenario, node: await play(scenario, node), differences: [], chosen: [] };
  if (!bookplate) return result;
  result.bookplate = await play(scenario, bookplate);
  for (const found of compare(result.node.entries, result.bookplate.entries)) {
    const listed = chosen(differences, scenario, found);
    if (listed) result.chosen.push(listed);
    else result.differences.push(found);
  }
  return result;
}

const only = given.only?.split(",");
const asked = scenarios.filter(({ number }) => !only || only.includes(String(number)));
const results = [];
for (const [profile, settings] of Object.entries(profiles)) {
  const here = asked.filter((scenario) => (scenario.profile ?? "defaults") === profile);
  if (here.length === 0) continue;
  const servers = [await NodeServer.start(settings)];
  if (!given["node-only"]) servers.push(await Bookplate.start(given.bookplate, settings));
  for (const scenario of here) results.push(await judge(scenario, servers));
  for (const server of servers) await server.stop();
}
results.sort((one, other) => scenarios.indexOf(one.scenario) - scenarios.indexOf(other.scenario));

if (given.show) results.forEach(transcript);
const used = new Set(results.flatMap(({ chosen }) => chosen));
const stale = only || given["node-only"] ? [] : differences.filter((entry) => !used.has(entry));
process.exitCode = report(results, { used, stale }) ? 0 : 1;
