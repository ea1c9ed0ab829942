import assert from "node:assert/strict";
import { Random } from "../generated/random.mjs";
import { PASSWORD } from "../stage.mjs";

/** Every route that changes data, with a valid body. */
const CHANGES = {
  "sign-up/email": { name: "x", email: "x@example.com", password: PASSWORD },
  "sign-in/email": { email: "x@example.com", password: PASSWORD },
  "sign-out": {},
  "get-session": {},
  "revoke-session": { token: "x" },
  "revoke-sessions": {},
  "revoke-other-sessions": {},
  "update-session": {},
  "update-user": {},
  "change-password": { currentPassword: "x", newPassword: "x" },
  "verify-password": { password: "x" },
  "change-email": { newEmail: "x" },
  "delete-user": {},
  "request-password-reset": { email: "x" },
  "reset-password": { newPassword: "x" },
  "send-verification-email": { email: "x" },
  "unlink-account": { accountId: "x" },
};

/** Faults in the order in which servers report them. */
const FAULTS = {
  type: (asked) => (asked.type = "text/plain"),
  syntax: (asked) => (asked.text = "{"),
  origin: (asked) => (asked.headers = { origin: "https://evil.example" }),
  target: (asked) => (asked.text = asked.text.replace("{", '{"callbackURL":"//evil.example",')),
  fields: (asked) => (asked.text = "[]"),
};

/** Texts that are JSON, or almost. */
function jsonText(random, depth = 0) {
  const inner = () => jsonText(random, depth + 1);
  const space = random.weighted([
    [12, ""],
    [2, " "],
    [1, "\n\t\r"],
    [0.2, "\v"],
    [0.2, "\u00a0"],
    [0.1, "\ufeff"],
  ]);
  const text = random.weighted([
    [depth < 4 ? 4 : 0, () => `{${jsonFields(random, inner)}}`],
    [depth < 4 ? 2 : 0, () => `[${inner()}${space}${random.one([",", ",", ",", ""])}${inner()}]`],
    [
      1,
      () =>
        random.one(["null", "true", "false", "nul", "True", "undefined", "NaN", "{}", "[]", ""]),
    ],
    [2, () => number(random)],
    [3, () => string(random)],
  ])();
  return space + text + (random.chance(0.03) ? random.one(["x", ",", "]", "\0", "//"]) : "");
}

function jsonFields(random, inner) {
  const field = () => {
    const name = random.chance(0.95) ? string(random) : random.one(["a", "'a'", "1", ""]);
    return `${name}${random.chance(0.98) ? ":" : "="}${inner()}`;
  };
  const fields = Array.from({ length: random.below(4) }, field);
  return fields.join(random.chance(0.97) ? "," : ";") + (random.chance(0.03) ? "," : "");
}

function number(random) {
  const digits = () => Array.from({ length: 1 + random.below(4) }, () => random.below(10)).join("");
  const whole = random.weighted([
    [6, () => String(random.below(1000))],
    [1, digits],
    [1, () => ""],
    [1, () => "9".repeat(40)],
  ])();
  const fraction = random.one(["", "", `.${digits()}`, "."]);
  const exponent = random.one(["", "", `e${digits()}`, `E+${digits()}`, "e-400", "e400", "e"]);
  return (
    random.one(["", "", "-", "+", "--"].slice(0, random.chance(0.9) ? 3 : 5)) +
    whole +
    fraction +
    exponent
  );
}

function string(random) {
  const pieces = [
    [8, () => random.letters(1 + random.below(4))],
    [
      3,
      () =>
        `\\${random.one(["n", "t", "\\", "/", '"', "b", "f", "r", "u0041", "u0000", "ud83d\\ude00"])}`,
    ],
    [2, () => `\\u${random.one(["d83d", "DE00", "dbff", "FFFD", "feff"])}`],
    [0.3, () => random.one(["\\x", "\\u12", "\\u00g0", "\\'", "\t", "\n", "\0", '"', "\\"])],
    [1, () => random.one(["é", "😀", "\u2028", "\u007f", "\ufeff", "/", "'"])],
  ];
  const length = random.below(4);
  return `"${Array.from({ length }, () => random.weighted(pieces)()).join("")}"`;
}

export default [
  {
    number: "E12",
    name: "of several faults the first one is told, on every route",
    run: async (t) => {
      const names = Object.keys(FAULTS);
      for (const [index, [path, json]] of Object.entries(CHANGES).entries()) {
        for (const visitor of [t.visitor(), await t.member(`ann${index}`)]) {
          for (let first = 0; first < names.length; first++) {
            const asked = { text: JSON.stringify(json), type: "application/json" };
            asked.headers = { origin: t.origin };
            // Beginning with the last fault, so that the text stays JSON as long as possible.
            for (const name of names.slice(first).reverse()) FAULTS[name](asked);
            await visitor.ask("POST", path, { ...asked, note: `from ${names[first]} on` });
          }
          await visitor.ask("PUT", path, { headers: { origin: "https://evil.example" } });
        }
      }
    },
  },
  {
    number: "E13",
    name: "JSON is what JSON.parse takes",
    run: async (t) => {
      const random = new Random(13);
      let taken = 0;
      for (let count = 0; count < 400; count++) {
        const text = jsonText(random);
        const { status, json } = await t.ask("POST", "sign-out", {
          text,
          type: "application/json",
          note: `${count}: ${JSON.stringify(text)}`,
        });
        taken += json.code !== "BAD_REQUEST";
        assert.notEqual(status, 500);
      }
      assert.ok(taken > 100 && taken < 350, `${taken} texts were JSON`);
    },
  },
];
