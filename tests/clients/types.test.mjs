// Clients of TypeScript front ends: generated from the OpenAPI document and from schema.graphql,
// and better-auth's own. They are compiled strictly, then used against the server at BASE_URL,
// which has demo data.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Validator } from "@seriousme/openapi-schema-validator";
import { buildSchema, introspectionFromSchema, parse, validate } from "graphql";
import { minifyIntrospection, outputIntrospectionFile } from "@gql.tada/internal";
import openapiTS, { astToString } from "openapi-typescript";

const { BASE_URL = "http://localhost:3000" } = process.env;
const { origin } = new URL(BASE_URL);
const base = `${origin}/api/auth`;
const types = fileURLToPath(new URL("types/", import.meta.url));
const generated = `${types}generated/`;
const schema = buildSchema(await readFile(new URL("../../schema.graphql", import.meta.url), "utf8"));
let document;

/** A request of a page of the server's origin without cookies. */
function ownPage(input, init) {
  const request = new Request(input, init);
  request.headers.set("origin", origin);
  return fetch(request);
}

const someone = () => `typed-${randomUUID()}@example.com`;

before(async () => {
  document = await (await fetch(`${base}/open-api/generate-schema`)).json();
  await rm(generated, { recursive: true, force: true });
  await mkdir(generated, { recursive: true });
  await writeFile(`${generated}auth.d.ts`, astToString(await openapiTS(document)));
  const introspection = minifyIntrospection(introspectionFromSchema(schema));
  await writeFile(`${generated}graphql.d.ts`, outputIntrospectionFile(introspection, { fileType: ".d.ts", shouldPreprocess: true }));
});

test("the document is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(document);
  assert.ok(valid, JSON.stringify(errors, null, 2));
  assert.match(validator.version, /^3\.1/);
});

test("the clients compile strictly, and mistakes do not compile", () => {
  const compiler = fileURLToPath(import.meta.resolve("typescript/bin/tsc"));
  try {
    execFileSync(process.execPath, [compiler, "--project", types], { encoding: "utf8" });
  } catch (error) {
    assert.fail(error.stdout);
  }
});

test("a client generated from the OpenAPI document works", async () => {
  const { journey } = await import(`${generated}out/openapi.js`);
  const seen = await journey(base, ownPage, someone());
  assert.equal(seen.user.name, "Typed");
  assert.deepEqual(
    { ...seen, user: undefined },
    {
      user: undefined,
      code: "INVALID_EMAIL_OR_PASSWORD",
      provider: "credential",
      image: null,
      done: true,
      sessions: 2,
      after: null,
    },
  );
});

test("better-auth's client works as its types say", async () => {
  const { journey } = await import(`${generated}out/better-auth.js`);
  const { expires, ...seen } = await journey(origin, ownPage, someone());
  assert.ok(expires instanceof Date);
  assert.deepEqual(seen, { name: "Typed", role: "user", sessions: 2 });
});

test("better-auth's client names what a server without providers refuses", async () => {
  const { refusals } = await import(`${generated}out/providers.js`);
  assert.deepEqual(await refusals(origin, ownPage, someone()), {
    signIn: "404 PROVIDER_NOT_FOUND",
    link: "404 PROVIDER_NOT_FOUND",
    info: "400 PROVIDER_NOT_CONFIGURED",
    accessToken: "400 PROVIDER_NOT_SUPPORTED",
    refresh: "400 PROVIDER_NOT_SUPPORTED",
    unlink: "400 FAILED_TO_UNLINK_LAST_ACCOUNT",
  });
});

test("queries typed by schema.graphql are valid and succeed", async () => {
  const { books, createBook, titles } = await import(`${generated}out/graphql.js`);
  for (const query of [books, createBook]) assert.deepEqual(validate(schema, query), []);
  assert.notDeepEqual(validate(schema, parse("{ books { pages } }")), []);
  assert.equal((await titles(`${origin}/graphql`)).length, 3);
});

test("permissions typed by schema.graphql equal the server's", async () => {
  const { abilityOf, ask, permissions } = await import(`${generated}out/abilities.js`);
  assert.deepEqual(validate(schema, permissions), []);
  const body = JSON.stringify({ name: "Typed", email: someone(), password: "correct horse battery" });
  const headers = { "content-type": "application/json" };
  const signedUp = await ownPage(`${base}/sign-up/email`, { method: "POST", headers, body });
  const token = signedUp.headers.get("set-auth-token");
  for (const [init, creates] of [[{}, false], [{ headers: { authorization: `Bearer ${token}` } }, true]]) {
    const seen = await ask(`${origin}/graphql`, init);
    const ability = abilityOf(seen.me);
    assert.equal(ability.can("create", "Book"), creates);
    assert.ok(seen.books.length > 10);
    for (const book of seen.books) assert.equal(ability.can("update", book), book.viewerCan.update);
  }
});
