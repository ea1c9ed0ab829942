// The results of a run as a table with a summary.

const SHOWN = 2000;

const outcome = ({ failure } = {}) => (failure ? "FAILED" : "ok");

const agrees = ({ node, bookplate, differences }) =>
  !node.failure && !bookplate?.failure && differences.length === 0;

function row(result) {
  const { scenario, node, bookplate, differences, chosen } = result;
  const cells = [
    String(scenario.number).padStart(4),
    scenario.name.padEnd(78),
    outcome(node).padEnd(7),
  ];
  if (bookplate) {
    const ours = bookplate.failure ? "FAILED" : differences.length > 0 ? "DIFFERS" : "ok";
    const own = new Set(chosen.filter(({ scenarios }) => scenarios !== "all"));
    cells.push(ours.padEnd(8), own.size > 0 ? `${own.size} chosen` : "");
  }
  return cells.join(" ").trimEnd();
}

const indented = (text) =>
  (text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text || "(nothing)").replaceAll(
    "\n",
    "\n            ",
  );

function details({ scenario, node, bookplate, differences }) {
  const lines = [
    `\n${scenario.number} ${scenario.name} (profile ${scenario.profile ?? "defaults"})`,
  ];
  for (const [name, played] of Object.entries({ node, bookplate })) {
    if (!played?.failure) continue;
    const { stack, message } = played.failure;
    const place = stack?.match(/scenarios\/[\w/-]+\.mjs:\d+/)?.[0] ?? "";
    const after = played.entries.at(-1)?.what ?? "the start";
    lines.push(`  ${name} failed after ${after}, at ${place}: ${indented(message)}`);
  }
  for (const { step, what, part, node: theirs, bookplate: ours } of differences) {
    lines.push(`  step ${step}, ${what}: ${part}`);
    lines.push(`    node      ${indented(theirs)}`, `    bookplate ${indented(ours)}`);
  }
  return lines.join("\n");
}

/** Prints all responses of one scenario. */
export function transcript({ scenario, node, bookplate }) {
  for (const [name, played] of Object.entries({ node, bookplate })) {
    if (!played) continue;
    console.log(`\n${scenario.number} ${scenario.name}, on ${name}`);
    for (const [step, { what, parts }] of played.entries.entries()) {
      console.log(`  ${step} ${what}`);
      for (const [part, text] of Object.entries(parts)) {
        if (text) console.log(`    ${part}: ${text.replaceAll("\n", "\n      ")}`);
      }
    }
  }
}

/** Prints the report. Returns whether there is no failure. */
export function report(results, { used, stale }) {
  const both = results.some(({ bookplate }) => bookplate);
  console.log(`   # ${"scenario".padEnd(78)} node   ${both ? " bookplate" : ""}`);
  // Pairs are numerous; only differing ones are named.
  const written = results.filter(({ scenario }) => !scenario.isGenerated);
  for (const result of written) console.log(row(result));

  const bad = results.filter((result) => !agrees(result));
  for (const result of bad) console.log(details(result));
  for (const { why } of stale)
    console.log(`\nlisted as a difference, but it did not happen: ${why}`);
  if (used.size > 0) console.log("\nchosen differences:");
  for (const { scenarios, part, why } of used) {
    console.log(`  ${[scenarios].flat().join(", ")}, ${[part].flat().join(", ")}: ${why}`);
  }
  const verb = both ? "agree" : "hold";
  const counted = both ? ` (${used.size} chosen differences)` : "";
  const what = written.length > 0 ? "scenarios" : "generated pairs";
  console.log(`\n${results.length - bad.length} of ${results.length} ${what} ${verb}${counted}`);
  return bad.length === 0 && stale.length === 0 && results.length > 0;
}
