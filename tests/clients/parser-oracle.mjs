// Writes random documents, valid and invalid, one per line: {"text", "tree"}. The tree is
// graphql-js' in the notation of crates/graphql-engine/src/parser/oracle.rs; null if graphql-js
// refuses the text, or if it breaks one of the rules that the engine's parser must enforce, since
// its tree cannot represent violations. Texts that only the engine refuses by choice have "own".
//
// Usage: node parser-oracle.mjs SEED COUNT

import { parse, visit, Kind } from "graphql";

const [seed, count] = process.argv.slice(2).map(Number);

let state = seed >>> 0;

/** A random number below `below`, with a fixed seed. */
function random(below) {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
}
const oneOf = (list) => list[random(list.length)];
const chance = (percent) => random(100) < percent;
const several = (most, make) => Array.from({ length: random(most + 1) }, make);
const some = (most, make) => [make(), ...several(most - 1, make)];

// The grammar.

const NAMES = ["a", "b", "id", "on", "query", "fragment", "true", "null", "type", "_", "__t", "A1"];
const name = () => oneOf(NAMES);
const gap = () =>
  chance(80) ? " " : oneOf(["", ",", "\n", "\r\n", "\r", "\t", "\ufeff", " # é { \"\n", "#\r", "  "]);
const words = (...parts) => parts.flat(Infinity).filter((part) => part !== "").join(gap());

const ESCAPES = [
  '\\"', "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u00e9", "\\ud83d\\ude00",
  "\\u{1F600}", "\\u{0041}", "\\u{10ffff}", "\\\\u0000", "é", "😀", "#", "{", "[", "'", "", "x",
];
const BROKEN = [
  "\\u0000", "\\u{0}", "\\ud83d", "\\ude00\\ud83d", "\\u{110000}", "\\u{d800}", "\\u{}", "\\u{000000041}",
  "\\u{00000041}", "\\u12", "\\x", "\n", "\\", '"', "\\u{1F600", "\\u+041", "\0", "\\ud83d\\u0041",
];
const characters = () => several(4, () => (chance(3) ? oneOf(BROKEN) : oneOf(ESCAPES))).join("");
const BLOCK = [
  "\n", "\r\n", "\r", "  ", "\t", " a", "b", '\\"""', '"', '""', "\\", "é", "\n\n", "   \n", "{", "\\n", "\n  x",
];
const text = () =>
  chance(70) ? `"${characters()}"` : `"""${several(7, () => oneOf(BLOCK)).join("")} """`;
const number = () =>
  oneOf([
    "0", "-0", "7", "-12", "2147483648", "9007199254740993", "9223372036854775808", "-9223372036854775809",
    "18446744073709551616", "1.5", "-0.0", "1e3", "1E-7", "0.1e+2", "1e308", "123456789012345678901234567890",
    ...(chance(5) ? ["1e999", "-1e999", "01", "1.", ".5", "1x", "1.2.3", "-", "+1", "0xF", "1e", "1_0"] : []),
  ]);

function value(depth, constant) {
  const kind = random(depth > 0 ? 9 : 6);
  switch (kind) {
    case 0: return number();
    case 1:
    case 2: return text();
    case 3: return oneOf(["true", "false", "null", "RED", "on", "truex"]);
    case 4: return constant && !chance(3) ? number() : `$${gap().replace(/\S/g, "")}${name()}`;
    case 5: return name();
    case 6: return words("[", several(3, () => value(depth - 1, constant)), "]");
    default:
      return words("{", several(3, (_, at) => words(chance(95) ? `${name()}${at}` : name(), ":", value(depth - 1, constant))), "}");
  }
}
const argument = (constant) => words(name(), ":", value(3, constant));
const args = (constant) =>
  chance(30) ? words("(", chance(97) ? some(3, () => argument(constant)) : "", ")") : "";
const directives = (constant) =>
  chance(20) ? some(2, () => words("@", name(), args(constant))) : "";

function selection(depth) {
  switch (random(6)) {
    case 0: return words("...", name(), directives(false));
    case 1:
      if (depth > 0) {
        return words("...", chance(60) ? words("on", name()) : "", directives(false), selections(depth - 1));
      }
    // Falls through: a field.
    default:
      return words(
        chance(20) ? words(name(), ":") : "", name(), args(false), directives(false),
        depth > 0 && chance(40) ? selections(depth - 1) : "",
      );
  }
}
const selections = (depth) => words("{", chance(98) ? some(3, () => selection(depth)) : "", "}");

function type(depth) {
  const inner = depth > 0 && chance(40) ? words("[", type(depth - 1), "]") : name();
  return chance(40) ? words(inner, "!") : inner;
}
const described = () => (chance(4) ? text() : "");
const variable = () =>
  words(described(), "$", name(), ":", type(3), chance(40) ? words("=", value(2, true)) : "", directives(true));
const operation = () =>
  chance(25)
    ? words(chance(3) ? text() : "", selections(3))
    : words(
        described(), oneOf(["query", "mutation", "subscription"]), chance(70) ? `${name()}${random(20)}` : "",
        chance(40) ? words("(", chance(97) ? some(3, variable) : "", ")") : "", directives(false), selections(3),
      );
const fragment = () =>
  words(described(), "fragment", `${chance(97) ? "F" : name()}${random(20)}`, "on", name(), directives(false), selections(2));
const schema = () =>
  oneOf(["type A { a: Int }", "extend type A @a", "scalar S", "enum E { A }", "schema { query: Q }", '"x" directive @a on FIELD']);
const definition = () => (chance(2) ? schema() : chance(30) ? fragment() : operation());
const document = () => words(gap(), chance(60) ? operation() : several(3, definition), gap());

// Mutations.

const SCRAPS = [
  '"', '""', '"""', "\\", '\\"', '\\"""', "\\u", "\\u{", "{", "}", "[", "]", "(", ")", "$", "@", "!", ":", "=", "...",
  "..", ".", "|", "&", "#", "\n", "\r", ",", "\ufeff", "0", "-", "1e", "on", "null", "fragment", "😀", "\u2028",
  "'", "`", "%", "\u00a0", "\v", "\0", "a", "{a}", '""" "', "\ud83d",
];
function mutated(text) {
  let changed = text;
  for (let left = 1 + random(4); left > 0; left -= 1) {
    const [at, length] = [random(changed.length + 1), random(6)];
    const [before, after] = [changed.slice(0, at), changed.slice(at)];
    changed = oneOf([
      () => before + oneOf(SCRAPS) + after,
      () => before + after.slice(length),
      () => before + after.slice(0, length) + after,
      () => before + oneOf(SCRAPS) + after.slice(1),
      () => before,
      () => before + changed.slice(random(changed.length), random(changed.length)) + after,
    ])();
  }
  return changed;
}

// The tree of graphql-js.

const WORD = new DataView(new ArrayBuffer(8));
function bits(number) {
  WORD.setFloat64(0, number);
  return WORD.getBigUint64(0).toString(16);
}
function numberOf(text, whole) {
  const exact = whole ? BigInt(text) : null;
  const fits = exact !== null && exact >= -(2n ** 63n) && exact < 2n ** 64n;
  return fits ? `n${exact}` : `f${bits(Number(text))}`;
}
function valueOf(node) {
  switch (node.kind) {
    case Kind.INT: return numberOf(node.value, true);
    case Kind.FLOAT: return numberOf(node.value, false);
    case Kind.STRING: return `s${node.value}`;
    case Kind.BOOLEAN: return node.value;
    case Kind.NULL: return null;
    case Kind.ENUM: return `e${node.value}`;
    case Kind.VARIABLE: return `v${node.name.value}`;
    case Kind.LIST: return node.values.map(valueOf);
    case Kind.OBJECT: return { object: node.fields.map((field) => [field.name.value, valueOf(field.value)]) };
  }
}
const at = ({ loc: { startToken } }) => [startToken.line, startToken.column];
const nameOf = (node) => (node ? [node.value, at(node)] : null);
const argumentsOf = (list) => list.map((node) => [nameOf(node.name), valueOf(node.value), at(node.value)]);
const directivesOf = (list) => list.map((node) => [nameOf(node.name), at(node), argumentsOf(node.arguments)]);
const conditionOf = (node) => (node ? nameOf(node.name) : null);
const typeOf = (node) =>
  node.kind === Kind.NON_NULL_TYPE
    ? `${typeOf(node.type)}!`
    : node.kind === Kind.LIST_TYPE
      ? `[${typeOf(node.type)}]`
      : node.name.value;
const setOf = (node) => (node ? node.selections.map(selectionOf) : []);
function selectionOf(node) {
  const directives = directivesOf(node.directives);
  switch (node.kind) {
    case Kind.FIELD:
      return ["field", at(node), nameOf(node.alias), nameOf(node.name), argumentsOf(node.arguments), directives, setOf(node.selectionSet)];
    case Kind.FRAGMENT_SPREAD: return ["spread", at(node), nameOf(node.name), directives];
    default:
      return ["inline", at(node), conditionOf(node.typeCondition), directives, setOf(node.selectionSet)];
  }
}
const variableOf = (node) => [
  nameOf(node.variable.name), at(node), typeOf(node.type), at(node.type),
  node.defaultValue ? [valueOf(node.defaultValue), at(node.defaultValue)] : null, directivesOf(node.directives),
];
const definitionOf = (node) =>
  node.kind === Kind.OPERATION_DEFINITION
    ? [node.operation, at(node), node.name?.value ?? null, node.variableDefinitions.map(variableOf), directivesOf(node.directives), setOf(node.selectionSet)]
    : ["fragment", at(node), node.name.value, conditionOf(node.typeCondition), directivesOf(node.directives), setOf(node.selectionSet)];

const isUnique = (list) => new Set(list).size === list.length;
function judged(text) {
  let tree;
  try {
    tree = parse(text);
  } catch {
    return { tree: null };
  }
  const of = (kind) => tree.definitions.filter((node) => node.kind === kind);
  const names = (nodes) => nodes.map((node) => node.name?.value ?? "");
  const [operations, fragments] = [of(Kind.OPERATION_DEFINITION), of(Kind.FRAGMENT_DEFINITION)];
  const holds = operations.length + fragments.length === tree.definitions.length
    && operations.length > 0 && isUnique(names(operations)) && isUnique(names(fragments))
    && (operations.length === 1 || !names(operations).includes(""));
  let [keeps, own] = [holds, false];
  visit(tree, {
    ObjectValue: (node) => { keeps &&= isUnique(names(node.fields)); },
    StringValue: (node) => { own ||= node.value.includes("\0"); },
    IntValue: (node) => { own ||= !Number.isFinite(Number(node.value)); },
    FloatValue: (node) => { own ||= !Number.isFinite(Number(node.value)); },
  });
  return keeps ? { tree: tree.definitions.map(definitionOf), own } : { tree: null };
}

const lines = [];
for (let made = 0; made < count; made += 1) {
  const valid = document();
  const text = (chance(50) ? valid : mutated(valid)).toWellFormed();
  lines.push(JSON.stringify({ text, ...judged(text) }));
}
process.stdout.write(`${lines.join("\n")}\n`);
