// Compares verdicts of Bookplate's engine with CASL's: node casl.mjs FILE, where each line is {
// rules, subjects, verdicts: [[action, number of a subject | type, field, yes]] }.
import { readFileSync } from "node:fs";
import { rulesToCondition } from "@casl/ability/extra";
import { createMongoAbility as createWith6 } from "casl-6";
import { createMongoAbility as createWith7 } from "@casl/ability";

const options = { detectSubjectType: (object) => object.__typename };
const cases = readFileSync(process.argv[2], "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));

/** All verdicts on which CASL differs. */
function differences(create, { rules, subjects, verdicts }) {
  const ability = create(rules, options);
  return verdicts.filter(([action, of, field, yes]) => {
    const subject = typeof of === "number" ? subjects[of] : of;
    return ability.can(action, subject, field ?? undefined) !== yes;
  });
}

function version(name) {
  const { pathname } = new URL(`node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(pathname, "utf8")).version;
}

const all = cases.flatMap(({ verdicts }) => verdicts);
const share = all.filter(([, , , yes]) => yes).length / all.length;
if (share < 0.2 || share > 0.8) throw new Error(`${share} of the verdicts are yes: too few of one kind`);

for (const [name, create] of [["casl-6", createWith6], ["@casl/ability", createWith7]]) {
  let agreeing = all.length;
  for (const one of cases) {
    for (const [action, of, field, yes] of differences(create, one)) {
      agreeing -= 1;
      process.exitCode = 1;
      console.log({ action, subject: one.subjects[of] ?? of, field, bookplate: yes }, JSON.stringify(one.rules, null, 1));
    }
  }
  console.log(`@casl/ability ${version(name)}: ${agreeing} of ${all.length} verdicts on ${cases.length} abilities agree`);

  // Each inverted verdict must be noticed, or the comparison above is void.
  const turned = cases.map(({ verdicts, ...rest }) => ({ ...rest, verdicts: verdicts.map(([a, s, f, yes]) => [a, s, f, !yes]) }));
  const noticed = turned.flatMap((one) => differences(create, one)).length;
  if (noticed !== agreeing) throw new Error(`${noticed} of ${agreeing} wrong verdicts were noticed`);
}

/** CASL's set of accessible subjects of a type as a function, or null if it is empty. */
function accessible(ability, action, type) {
  const convert = (rule) => (subject) => rule.matchesConditions(subject) !== rule.inverted;
  return rulesToCondition(ability.rulesFor(action, type), convert, {
    and: (all) => (subject) => all.every((one) => one(subject)),
    or: (any) => (subject) => any.some((one) => one(subject)),
    empty: () => () => true,
  });
}

// The set contains the subjects that the engine allows.
let inSets = 0;
for (const { rules, subjects, verdicts } of cases) {
  const ability = createWith7(rules, options);
  for (const [action, of, field, yes] of verdicts.filter(([, , field]) => field === null)) {
    const set = accessible(ability, action, subjects[of]?.__typename ?? of);
    const found = typeof of === "number" ? (set?.(subjects[of]) ?? false) : set !== null;
    if (found === yes) inSets += 1;
    else console.log({ action, subject: subjects[of] ?? of, set: found, bookplate: yes }, JSON.stringify(rules, null, 1));
  }
}
const rows = all.filter(([, , field]) => field === null).length;
console.log(`${inSets} of ${rows} members of accessible sets agree`);
if (inSets !== rows) process.exitCode = 1;
