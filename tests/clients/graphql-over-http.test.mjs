// The audits of the package graphql-http, which follow the specification of GraphQL over HTTP,
// against the server at BASE_URL.
import assert from "node:assert/strict";
import { test } from "node:test";
import { auditServer } from "graphql-http";

const { BASE_URL = "http://localhost:3000" } = process.env;

/** The numbers of audits by level; all must pass. */
const AUDITS = { MUST: 13, SHOULD: 23, MAY: 25 };

test("every audit passes", async (t) => {
  const results = await auditServer({ url: `${BASE_URL}/graphql`, fetchFn: fetch });
  const passed = { MUST: 0, SHOULD: 0, MAY: 0 };
  const failed = [];
  for (const { id, name, status, reason } of results) {
    if (status === "ok") passed[name.split(" ")[0]] += 1;
    else failed.push(`${id} ${name}: ${reason}`);
  }
  assert.deepEqual(failed, []);
  assert.deepEqual(passed, AUDITS);
  t.diagnostic(Object.entries(passed).map(([level, count]) => `${level} ${count}/${AUDITS[level]}`).join(", "));
});
