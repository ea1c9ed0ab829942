// Generates random documents of a schema, valid and invalid, and validates them with graphql-js:
// node validation-oracle.mjs SCHEMA COUNT SEED prints a line of JSON for each, with its text and
// its first errors; for a valid operation with variables also values for these, and the errors of
// those values.
import { readFileSync } from "node:fs";
import {
  GraphQLError, GraphQLList, GraphQLNonNull, Kind, buildSchema, getNamedType, getVariableValues, isCompositeType,
  isEnumType, isInputObjectType, isLeafType, isListType, isNonNullType, isRequiredArgument,
  isRequiredInputField, parse, recommendedRules, specifiedRules, validate,
} from "graphql";

const [, , path, count, seed] = process.argv;
const schema = buildSchema(readFileSync(path, "utf8"));

// Introspection fields are those of the specification of September 2025.
const question = (name) => schema.getType(name).getFields();
for (const [type, field] of [
  ["__Type", "fields"], ["__Type", "enumValues"], ["__Type", "inputFields"], ["__Field", "args"], ["__Directive", "args"],
]) {
  const [argument] = question(type)[field].args;
  argument.type = new GraphQLNonNull(getNamedType(argument.type));
}
delete question("__Directive").isDeprecated;
delete question("__Directive").deprecationReason;
question("__Schema").directives.args = [];

// Only forms contain files.
const upload = schema.getType("Upload");
upload.parseLiteral = upload.parseValue = () => {
  throw new GraphQLError("neither a document nor JSON has a file");
};
const dateTime = schema.getType("DateTime");
dateTime.parseValue = (value) => {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value)) throw new GraphQLError("no date");
  return value;
};
dateTime.parseLiteral = (node) => dateTime.parseValue(node.kind === Kind.STRING ? node.value : undefined);

// The depth of introspection is a limit, and no rule of the specification.
const rules = specifiedRules.filter((rule) => !recommendedRules.includes(rule));

/** A random number generator with a seed (mulberry32). */
function random(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
const next = random(Number(seed));
const below = (most) => Math.floor(next() * most);
const pick = (list) => list[below(list.length)];
const chance = (share) => next() < share;
const times = (most, make) => Array.from({ length: below(most + 1) }, (_, i) => make(i));

const types = Object.values(schema.getTypeMap());
const objects = types.filter((type) => isCompositeType(type));
const inputs = types.filter((type) => !isCompositeType(type) && !type.name.startsWith("__"));
const roots = { query: schema.getQueryType(), mutation: schema.getMutationType(), subscription: schema.getSubscriptionType() };
const aliases = ["a", "b", "k", "id", "title", "x_1"];
const escaped = ['"\\u00e9"', '"\\ud83d\\ude00"', '"\\u{1F600}"', '"\\u{00065}"', '"\\\\u0000"', '"\\u0000"', '"a\\"b\\/\\n\\t"', '"😀 ß"', '"""a "b" \\""" c"""', '"""\n  a\n    b\n"""', '""', '""""""', '"#,{"'];
const broken = ['"\\ud83d"', '"\\u{110000}"', '"\\q"', '"\\u12"', '"a\nb"', '"\\u{}"', '"\\ude00\\ud83d"', '"'];

/** One document. Each possible place has the same chance of a fault. */
class Draw {
  constructor() {
    this.share = chance(0.45) ? 0 : pick([0.002, 0.005, 0.01, 0.02]);
    this.fragments = [];
    this.variables = [];
    this.work = 0;
  }

  fault() {
    return this.share > 0 && chance(this.share);
  }

  document() {
    const several = chance(0.2);
    const definitions = several ? times(2, (i) => this.operation(`Op${this.fault() ? 0 : i}`)) : [];
    definitions.push(this.operation(several || chance(0.4) ? "Last" : ""));
    if (this.fault()) definitions.push(this.operation(""));
    if (this.fault()) this.fragment(pick(objects));
    const texts = this.fragments.map(({ text }) => text);
    if (texts.length > 0 && this.fault()) texts.push(pick(texts));
    if (this.fault()) texts.push(pick(["type Mine { a: Int }", "extend type Book { a: Int }", "scalar S", "schema { query: Query }"]));
    const text = [...definitions.map((write) => write()), ...texts].join(pick([" ", "\n", "\n# a comment }\n", ", "]));
    return this.fault() && chance(0.4) ? mangled(text) : text;
  }

  /** An operation, written after the variables of its fragments are known. */
  operation(name) {
    const kind = pick(["query", "query", "query", "query", "mutation", "subscription"]);
    const used = this.within(() => {
      const directives = this.directives("operation");
      if (kind === "subscription" && !this.fault()) return directives + this.subscription();
      return directives + this.selection(roots[kind], 0);
    });
    return () => {
      const definitions = this.definitions(used);
      if (kind === "query" && !name && !definitions && chance(0.7)) return used.text;
      return `${kind} ${name}${definitions} ${used.text}`;
    };
  }

  /** The text that `write` returns, and the variables and fragments that it uses. */
  within(write) {
    const before = [this.variables, this.spreads];
    [this.variables, this.spreads] = [[], []];
    const text = write();
    const used = { text, variables: this.variables, spreads: this.spreads };
    [this.variables, this.spreads] = before;
    return used;
  }

  subscription() {
    const [name, field] = pick(Object.entries(roots.subscription.getFields()));
    return `{ ${this.field(name, field, 0)} }`;
  }

  /** The definitions of all variables that an operation uses. */
  definitions({ variables, spreads }) {
    const [all, seen, pending] = [[...variables], new Set(), [...spreads]];
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      const fragment = this.fragments.find((known) => known.name === name);
      if (!fragment || seen.has(name)) continue;
      seen.add(name);
      all.push(...fragment.variables);
      pending.push(...fragment.spreads);
    }
    const kept = all.filter(() => !this.fault());
    if (this.fault()) kept.push({ name: "unused", type: pick(inputs), hasDefault: false });
    if (kept.length > 0 && this.fault()) kept.push(pick(kept));
    const texts = kept.map((variable) => this.definition(variable));
    return texts.length > 0 ? `(${texts.join(pick([", ", " "]))})` : "";
  }

  definition({ name, type, hasDefault }) {
    let given = String(type);
    let value = "";
    const nullable = isNonNullType(type) ? type.ofType : type;
    if (!isNonNullType(type) && chance(0.3)) given += "!";
    else if (isNonNullType(type) && hasDefault && chance(0.5)) given = String(nullable);
    else if (isNonNullType(type) && nullable.name !== "Upload" && chance(0.3)) {
      given = String(nullable);
      value = ` = ${this.fault() ? "null" : this.constant(type)}`;
    }
    if (!value && chance(0.2) && getNamedType(type).name !== "Upload") value = ` = ${this.constant(given.endsWith("!") ? new GraphQLNonNull(nullable) : nullable)}`;
    if (this.fault()) given = pick([String(nullable), `${nullable}!`, `[${type}]`, `[${nullable}!]!`, pick(inputs).name, `${pick(inputs).name}!`, pick(types).name, "Nothing"]);
    return `$${name}: ${given}${value}${this.fault() ? this.directive() : ""}`;
  }

  /** A value without variables, except for a fault. */
  constant(type) {
    return this.within(() => this.value(type, 1, false, true)).text;
  }

  directives(place) {
    const none = place === "operation" || place === "fragment";
    if (!this.fault() && (none || !chance(0.06))) return "";
    const first = this.directive();
    if (this.fault()) return first + this.directive();
    return first;
  }

  directive() {
    if (this.fault()) return pick([" @nothing", " @deprecated", ' @specifiedBy(url: "a")', " @skip", " @include(if: true, if: true)", " @oneOf", " @skip(of: true)", " @include(if: 1)", ' @skip(if: "true")', " @include(if: null)"]);
    const condition = new GraphQLNonNull(schema.getType("Boolean"));
    return ` @${pick(["skip", "include"])}(if: ${this.value(condition, 0, false)})`;
  }

  /** A selection of a type; `keys` are the existing response keys. */
  selection(type, depth, keys = new Map()) {
    const fields = Object.entries(type.getFields());
    if (type === roots.query && chance(0.1)) fields.push(["__schema", questions.__schema], ["__type", questions.__type]);
    const items = Array.from({ length: 1 + below(depth === 0 ? 3 : 4) }, () => this.item(type, fields, depth, keys));
    return `{ ${items.join(" ")} }`;
  }

  item(type, fields, depth, keys) {
    this.work += 1;
    if (this.fault()) return this.wrongItem(type, depth);
    if (depth < 6 && chance(0.1)) return this.inline(type, depth, keys);
    if (depth < 6 && chance(0.12)) return this.spread(type, depth);
    if (chance(0.06) && type !== roots.subscription) return `${this.alias()}__typename${this.directives("field")}`;
    const leaves = fields.filter(([, field]) => isLeafType(getNamedType(field.type)));
    const deep = depth > 3 || this.work > 60;
    const [name, field] = pick(deep && leaves.length > 0 ? leaves : fields);
    return this.field(name, field, depth, keys);
  }

  wrongItem(type, depth) {
    const field = pick(Object.keys(pick(objects).getFields()));
    return pick([
      () => field,
      () => `${field} { id }`,
      () => "nothing",
      () => "__schema { types { name } }",
      () => "__nothing",
      () => "...Nothing",
      () => `... on ${pick(types).name} { __typename }`,
      () => "... on Nothing { id }",
      () => `...${this.fragment(pick(objects), depth + 3)}`,
      () => `...${this.fragments.length > 0 ? pick(this.fragments).name : "Nothing"}`,
      () => `k: ${field}`,
      () => "id { id }",
      () => "{ id }",
      () => "id(a: 1)",
    ])();
  }

  alias() {
    return chance(0.1) ? `${pick(aliases)}: ` : "";
  }

  /** A field; the same one again under an existing key. */
  field(name, field, depth, keys = new Map()) {
    const alias = this.alias();
    const key = alias ? alias.slice(0, -2) : name;
    const known = keys.get(key);
    if (known && known.name !== name && !this.fault()) return "__typename";
    const given = known && !this.fault() ? known.given : this.given(field.args, depth);
    const below = known?.below ?? new Map();
    keys.set(key, { name, given, below });
    const written = alias + name + given + this.directives("field");
    const type = getNamedType(field.type);
    const isLeaf = isLeafType(type);
    if (this.fault() ? !isLeaf : isLeaf) return written;
    return `${written} ${isLeaf ? "{ id }" : this.selection(type, depth + 1, below)}`;
  }

  given(known, depth) {
    const wanted = known.filter((argument) => (isRequiredArgument(argument) ? !this.fault() : chance(0.3)));
    const texts = wanted.map(({ name, type, defaultValue }) => `${name}: ${this.value(type, depth, defaultValue !== undefined)}`);
    if (this.fault()) texts.push(pick(["nothing: 1", "limit: 1", "offset: 1", "first: 1, after: null"]));
    if (texts.length > 0 && this.fault()) texts.push(pick(texts));
    if (chance(0.3)) texts.reverse();
    return texts.length > 0 ? `(${texts.join(pick([", ", " "]))})` : "";
  }

  inline(type, depth, keys) {
    const on = this.fault() ? pick(types).name : type.name;
    return `...${chance(0.5) ? ` on ${on}` : ""}${this.directives("inline")} ${this.selection(type, depth + 1, keys)}`;
  }

  spread(type, depth) {
    const known = this.fragments.filter((fragment) => fragment.on === type.name && (fragment.text || this.fault()));
    const name = known.length > 0 && chance(0.5) ? pick(known).name : this.fragment(type, depth + 1);
    if (this.spreads) this.spreads.push(name);
    return `...${name}${this.directives("spread")}`;
  }

  /** Adds a fragment. */
  fragment(type, depth = 4) {
    const name = `F${this.fragments.length}`;
    const fragment = { name, on: type.name, text: "", variables: [], spreads: [] };
    this.fragments.push(fragment);
    const used = this.within(() => this.directives("fragment") + (isCompositeType(type) ? this.selection(type, depth) : "{ id }"));
    Object.assign(fragment, used, { text: `fragment ${name} on ${this.fault() ? pick(types).name : type.name}${used.text.startsWith("{") ? " " : ""}${used.text}` });
    return name;
  }

  value(type, depth, hasDefault, isConstant = false) {
    const isUpload = getNamedType(type).name === "Upload";
    if (isConstant ? this.fault() && chance(0.2) : isUpload || chance(0.2)) return this.variable(type, hasDefault);
    if (this.fault()) return this.wrongValue();
    if (!isNonNullType(type) && chance(0.05)) return "null";
    return this.written(isNonNullType(type) ? type.ofType : type, depth, isConstant);
  }

  /** A value that is not null. */
  written(type, depth, isConstant) {
    if (isListType(type)) {
      if (chance(0.2)) return this.value(type.ofType, depth + 1, false, isConstant);
      return `[${times(3, () => this.value(type.ofType, depth + 1, false, isConstant)).join(pick([", ", " "]))}]`;
    }
    if (isInputObjectType(type)) return this.object(type, depth, isConstant);
    if (isEnumType(type)) return this.fault() ? `"${pick(type.getValues()).name}"` : pick(type.getValues()).name;
    return this.scalar(type.name);
  }

  object(type, depth, isConstant) {
    const share = depth > 3 ? 0.1 : 0.3;
    const fields = Object.values(type.getFields()).filter((field) => (isRequiredInputField(field) ? !this.fault() : chance(share)));
    const texts = fields.map(({ name, type, defaultValue }) => `${name}: ${this.value(type, depth + 1, defaultValue !== undefined, isConstant)}`);
    if (this.fault()) texts.push(pick(["nothing: 1", 'title: "b"', "and: []"]));
    if (texts.length > 0 && this.fault()) texts.push(pick(texts));
    return `{${texts.join(pick([", ", " "]))}}`;
  }

  scalar(name) {
    if (name === "Int") return pick(["0", "1", "-1", "7", "100", "2147483647", "-2147483648"]);
    if (name === "Float") return pick(["0", "1.5", "-1e3", "1E-2"]);
    if (name === "Boolean") return pick(["true", "false"]);
    if (name === "ID") return pick(['"a"', '"01900000-0000-7000-9000-000000000001"', "1", "-7", "9223372036854775807", this.text()]);
    if (name === "DateTime") return '"2026-11-20T12:00:00Z"';
    return this.text();
  }

  text() {
    if (this.fault()) return pick(broken);
    return chance(0.1) ? pick(escaped) : pick(['"a"', '"Emma"', '"1"', '"TITLE_ASC"']);
  }

  wrongValue() {
    return pick(["null", "1", "1.5", "1e3", "2147483648", "-2147483649", "99999999999", "99999999999999999999", "true", '"a"', "NOPE", "TITLE_ASC", "[]", "[1]", "[[1]]", "{}", "{ a: 1 }", "{ title: 1 }", "[null]", '{ title: "a", title: "b" }', "{ releaseYear: { min: 1, min: 1 } }", "$nothing", pick(["$", "00", "1.", ".5", "0x1", "-", "-0", "1e", "+1", "null1", "$1"])]);
  }

  variable(type, hasDefault) {
    const name = this.variables.length > 0 && this.fault() ? pick(this.variables).name : `v${(this.names = (this.names ?? 0) + 1)}`;
    if (!this.variables.some((known) => known.name === name)) this.variables.push({ name, type, hasDefault });
    return `$${name}`;
  }
}

const questions = {
  __schema: { type: new GraphQLNonNull(schema.getType("__Schema")), args: [] },
  __type: { type: schema.getType("__Type"), args: [{ name: "name", type: new GraphQLNonNull(schema.getType("String")) }] },
};

/** The text with a token removed, duplicated or replaced. */
function mangled(text) {
  const tokens = text.match(/"(?:[^"\\\n]|\\.)*"|\w+|\.\.\.|\s+|./gsu) ?? [];
  const place = below(tokens.length);
  const other = pick([[], [tokens[place], tokens[place]], [pick(["{", "}", "(", ")", "[", "]", "!", "$", "@", ":", "=", "|", "&", "on", "fragment", "query", "null", "...", "..", "%", "\ufeff", "\u0007", "1a"])]]);
  tokens.splice(place, 1, ...other);
  return tokens.join("");
}

/** A value in JSON of a type, possibly an invalid one. */
function json(type, share) {
  if (chance(share)) return pick([null, 1, -1, 1.5, 2147483648, 1e3, 9007199254740991, true, "a", "title_asc", "TITLE_ASC", [], [1], [null], {}, { title: 1 }, { nothing: 1 }]);
  if (isNonNullType(type)) return notNull(type.ofType, share);
  return chance(0.1) ? null : notNull(type, share);
}

function notNull(type, share) {
  if (isListType(type)) return chance(0.2) ? json(type.ofType, share) ?? [] : times(3, () => json(type.ofType, share));
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter((field) => (isRequiredInputField(field) ? !chance(share) : chance(0.25)));
    return Object.fromEntries(fields.map(({ name, type }) => [name, json(type, share)]));
  }
  if (isEnumType(type)) return pick(type.getValues()).name;
  return { Int: () => pick([0, 1, 2147483647, -2147483648]), Float: () => 1.5, Boolean: () => chance(0.5), ID: () => pick(["a", 1, -7]), DateTime: () => "2026-11-20T12:00:00Z" }[type.name]?.() ?? pick(["a", "", "😀"]);
}

/** Values of the variables of a document's only operation, and their errors. */
function values(document) {
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const definitions = operations[0].variableDefinitions ?? [];
  if (operations.length > 1 || definitions.length === 0) return {};
  const share = chance(0.5) ? 0 : 0.15;
  const given = definitions.filter(() => !chance(0.1)).map(({ variable, type }) => [variable.name.value, json(typeOf(type), share)]);
  const variables = Object.fromEntries(given);
  const { errors } = getVariableValues(schema, definitions, variables);
  return { variables, misfit: errors?.[0].message ?? null };
}

function typeOf(node) {
  if (node.kind === Kind.NON_NULL_TYPE) return new GraphQLNonNull(typeOf(node.type));
  if (node.kind === Kind.LIST_TYPE) return new GraphQLList(typeOf(node.type));
  return schema.getType(node.name.value);
}

function judged(text) {
  let document;
  try {
    document = parse(text);
  } catch (error) {
    return { fault: error.message };
  }
  try {
    const [first] = validate(schema, document, rules);
    return first ? { fault: first.message } : { fault: null, ...values(document) };
  } catch (error) {
    // It evaluates the condition of a subscription, which has no value yet.
    return { fault: error.message };
  }
}

const lines = Array.from({ length: Number(count) }, () => {
  const text = new Draw().document();
  return JSON.stringify({ text, ...judged(text) });
});
process.stdout.write(`${lines.join("\n")}\n`);
