// Assertions on responses and on results of the client, for both servers.
import assert from "node:assert/strict";

/** Asserts a refusal; `code` is undefined for errors without one. */
export function refused(outcome, status, code) {
  const told = outcome.error ?? { status: outcome.status, ...JSON.parse(outcome.text || "{}") };
  assert.deepEqual([told.status, told.code], [status, code]);
}

/** Returns the data of a success. */
export function accepted(outcome) {
  if ("text" in outcome) {
    assert.equal(outcome.status, 200, outcome.text);
    return outcome.json;
  }
  assert.equal(outcome.error, null, JSON.stringify(outcome.error));
  return outcome.data;
}

/** Asserts a redirect. */
export function redirected(answer, location) {
  assert.deepEqual([answer.status, answer.header("location")], [302, location]);
}
