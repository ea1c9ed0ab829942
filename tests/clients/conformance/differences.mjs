// Where Bookplate answers otherwise than better-auth, by choice. Whatever is not listed
// is a failure, and so is an entry that no longer happens.
//
// `scenarios`: their numbers, or "all"; `what`: the step; `part`: status, body, cookies or
// a header; `node`, `bookplate`: the text on either side, or a pattern.

export const differences = [
  {
    scenarios: "all",
    part: "cache-control",
    node: "",
    bookplate: "no-store",
    why: "an answer about somebody is nobody else's, also where better-auth does not say so",
  },
];
