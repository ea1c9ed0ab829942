// Two transcripts of one scenario, side by side.

/** Every part in which they differ: `{ step, what, part, node, bookplate }`. */
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

/** The listed difference that this one is, or undefined. */
export function chosen(differences, scenario, found) {
  return differences.find(
    ({ scenarios, what, part, node, bookplate, alike }) =>
      (scenarios === "all" || scenarios.includes(scenario.number)) &&
      [part].flat().includes(found.part) &&
      fits(what, found.what) &&
      fits(node, found.node) &&
      fits(bookplate, found.bookplate) &&
      (!alike || alike(found.node, found.bookplate)),
  );
}
