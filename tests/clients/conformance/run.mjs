// Runs the same scenarios on Bookplate and on a better-auth server on Node, and compares the
// responses: `node conformance/run.mjs --bookplate PATH [--only 1,A2]`, or `--node-only` for
// better-auth alone, or `--twice` for two servers of better-auth, which differ only by what
// `normal.mjs` forgets. `--show` prints every response. `--pairs` runs generated pairs of requests
// instead of scenarios; `--seed` and `--count` generate others. The exit code is 1 if they differ.
// BETTER_AUTH_CLIENT and BETTER_AUTH_SERVER name other packages than better-auth.
import { parseArgs } from "node:util";
import { compare, sorted } from "./compare.mjs";
import { differences } from "./differences.mjs";
import { COUNT, pairs, SEED } from "./generated/index.mjs";
import { profiles } from "./profiles.mjs";
import { report, transcript } from "./report.mjs";
import { scenarios as written } from "./scenarios/index.mjs";
import { Bookplate, NodeServer } from "./server.mjs";
import { Stage } from "./stage.mjs";

const { values: given } = parseArgs({
  options: {
    bookplate: { type: "string" },
    only: { type: "string" },
    "node-only": { type: "boolean", default: false },
    twice: { type: "boolean", default: false },
    show: { type: "boolean", default: false },
    pairs: { type: "boolean", default: false },
    seed: { type: "string" },
    count: { type: "string", default: String(COUNT) },
  },
});
if (!given.bookplate && !given["node-only"] && !given.twice) {
  console.error("say where the binary is: --bookplate PATH, or --node-only, or --twice");
  process.exit(2);
}

/** `{ entries, failure }` of one scenario on one server. */
async function play(scenario, server) {
  server.fake?.reset();
  const stage = new Stage(server, scenario.number);
  const failure = await scenario.run(stage).then(
    () => undefined,
    (error) => error,
  );
  return { entries: stage.entries, failure };
}

async function judge(scenario, servers) {
  const [node, bookplate] = await Promise.all(servers.map((server) => play(scenario, server)));
  const found = bookplate ? compare(node.entries, bookplate.entries) : [];
  const { listed, unlisted } = sorted(differences, scenario, found);
  return { scenario, node, bookplate, differences: unlisted, chosen: listed };
}

const scenarios = given.pairs ? pairs(Number(given.seed ?? SEED), Number(given.count)) : written;
const only = given.only?.split(",");
const asked = scenarios.filter(({ number }) => !only || only.includes(String(number)));
const results = [];
for (const [profile, settings] of Object.entries(profiles)) {
  const here = asked.filter((scenario) => (scenario.profile ?? "defaults") === profile);
  if (here.length === 0) continue;
  const servers = [await NodeServer.start(settings)];
  if (given.twice) servers.push(await NodeServer.start(settings));
  else if (!given["node-only"]) servers.push(await Bookplate.start(given.bookplate, settings));
  for (const scenario of here) results.push(await judge(scenario, servers));
  for (const server of servers) await server.stop();
}
results.sort((one, other) => scenarios.indexOf(one.scenario) - scenarios.indexOf(other.scenario));

if (given.show) results.forEach(transcript);
const used = new Set(results.flatMap(({ chosen }) => chosen));
/** Whether the executed scenarios must show this difference. */
const isDue = ({ scenarios, isRare }) =>
  !isRare && [scenarios].flat().some((one) => (one === "generated") === given.pairs);
const isWhole =
  !only && given.bookplate && !given.seed && (!given.pairs || Number(given.count) >= COUNT);
const stale = isWhole ? differences.filter((entry) => isDue(entry) && !used.has(entry)) : [];
process.exitCode = report(results, { used, stale }) ? 0 : 1;
