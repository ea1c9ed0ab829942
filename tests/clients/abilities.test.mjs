// Permissions evaluated in the client by the rules of the server at BASE_URL, which has demo data,
// compared with the server's behavior.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, test } from "node:test";
import { createMongoAbility } from "@casl/ability";
import { buildSchema, getNamedType, isCompositeType } from "graphql";

const { BASE_URL = "http://localhost:3000" } = process.env;
const { origin } = new URL(BASE_URL);
const sources = new URL("../../", import.meta.url);
const schema = buildSchema(await readFile(new URL("schema.graphql", sources), "utf8"));
const tokens = {};

before(async () => {
  for (const name of ["alice", "bob", "admin"]) {
    const response = await fetch(`${origin}/api/auth/sign-in/email`, {
      method: "POST",
      headers: { "content-type": "application/json", origin },
      body: JSON.stringify({ email: `${name}@example.com`, password: "correct horse battery" }),
    });
    assert.equal(response.status, 200);
    tokens[name] = response.headers.get("set-auth-token");
  }
});

const authorization = (name) => (tokens[name] ? { authorization: `Bearer ${tokens[name]}` } : {});

async function ask(name, query) {
  const response = await fetch(`${origin}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...authorization(name) },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

/** The rules of `name`, and all users of the demo data. */
async function know(name) {
  const users = "owner { __typename id }";
  const { me, books } = await ask(name, `{ me { abilities } books(limit: 100) { ${users} } }`);
  const detectSubjectType = (object) => object.__typename;
  const ability = createMongoAbility(me?.abilities ?? [], { detectSubjectType });
  return { ability, users: new Map(books.map(({ owner }) => [owner.id, owner])) };
}

for (const name of ["nobody", "alice", "bob", "admin"]) {
  test(`${name} may change what both the rules and viewerCan allow`, async () => {
    const { ability } = await know(name);
    const row = "__typename id ownerId viewerCan { update delete }";
    const { books, authors } = await ask(name, `{ books(limit: 100) { ${row} } authors(limit: 100) { ${row} } }`);
    const answers = new Set();
    for (const object of [...books, ...authors]) {
      for (const action of ["update", "delete"]) {
        const can = object.viewerCan[action];
        assert.equal(ability.can(action, object), can, `${action} ${JSON.stringify(object)}`);
        answers.add(can);
      }
    }
    assert.deepEqual([...answers].sort(), { nobody: [false], admin: [true] }[name] ?? [false, true]);
    assert.equal(ability.can("create", "Book"), name !== "nobody");
  });
}

for (const name of ["alice", "bob", "admin"]) {
  test(`${name} reads the fields of users that the rules allow`, async () => {
    const { ability, users } = await know(name);
    assert.ok(users.size > 1);
    const fields = Object.values(schema.getType("User").getFields());
    const selection = fields.map(({ name, type }) => (isCompositeType(getNamedType(type)) ? `${name} { __typename }` : name));
    for (const user of users.values()) {
      const seen = (await ask(name, `{ user(id: "${user.id}") { ${selection.join(" ")} } }`)).user;
      for (const { name: field } of fields) {
        // No demo user has a picture, which everyone may read.
        const shown = field === "image" || seen[field] !== null;
        assert.equal(ability.can("read", user, field), shown, `${field} of ${user.id}`);
      }
    }
  });
}

test("the example of docs/api.md works unchanged", async () => {
  const page = await readFile(new URL("docs/api.md", sources), "utf8");
  const section = page.split("<!-- abilities:")[1];
  const [, code] = section.match(/```js\n([^]*?)```/);
  const [, expected] = section.match(/```text\n([^]*?)```/);

  // As in a browser at the demo server with Alice signed in.
  const printed = [];
  const browser = {
    console: { log: (...words) => printed.push(words.join(" ")) },
    fetch: (url, init) => {
      const { href } = new URL(url);
      assert.equal(init.credentials, "include");
      const headers = { ...init.headers, ...authorization("alice") };
      return fetch(href.replace("http://localhost:3000", origin), { ...init, headers });
    },
  };
  globalThis.browser = browser;
  const casl = JSON.stringify(import.meta.resolve("@casl/ability"));
  const script = `const { console, fetch } = globalThis.browser;\n${code.replace('"@casl/ability"', casl)}`;
  await import(`data:text/javascript,${encodeURIComponent(script)}`);
  assert.equal(printed.map((line) => `${line}\n`).join(""), expected);
});
