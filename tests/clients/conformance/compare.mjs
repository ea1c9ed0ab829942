// Compares two transcripts of one scenario.

/** Returns all differing parts as `{ step, what, part, node, bookplate }`. */
export function compare(node, bookplate) {
  const found = [];
  for (let step = 0; step < Math.max(node.length, bookplate.length); step++) {
    const [ours, theirs] = [bookplate[step], node[step]];
    if (ours?.what !== theirs?.what) {
      found.push({
        step,
        what: theirs?.what,
        part: "step",
        node: theirs?.what ?? "",
        bookplate: ours?.what ?? "",
      });
      break;
    }
    for (const part of Object.keys({ ...theirs.parts, ...ours.parts })) {
      const [one, other] = [theirs.parts[part] ?? "", ours.parts[part] ?? ""];
      if (one !== other) found.push({ step, what: theirs.what, part, node: one, bookplate: other });
    }
  }
  return found;
}

const fits = (wanted, text) =>
  wanted === undefined || (wanted instanceof RegExp ? wanted.test(text) : wanted === text);

const isOf = (scenarios, { number, isGenerated }) =>
  [scenarios]
    .flat()
    .some((one) => one === "all" || one === number || (one === "generated" && isGenerated));

/** Returns the listed difference that matches, or undefined. */
function chosen(differences, scenario, found) {
  return differences.find(
    ({ scenarios, pair, what, part, node, bookplate, alike }) =>
      isOf(scenarios, scenario) &&
      fits(pair, scenario.name) &&
      [part].flat().includes(found.part) &&
      fits(what, found.what) &&
      fits(node, found.node) &&
      fits(bookplate, found.bookplate) &&
      (!alike || alike(found.node, found.bookplate)),
  );
}

/** Returns the differences of one scenario as `{ listed, unlisted }`. */
export function sorted(differences, scenario, all) {
  const [listed, unlisted] = [[], []];
  let cause;
  for (const found of all) {
    const entry = chosen(differences, scenario, found) ?? cause;
    if (entry) listed.push(entry);
    else unlisted.push(found);
    if (entry?.isCause) cause = entry;
  }
  return { listed, unlisted };
}
