// The user's permissions, evaluated in the client with CASL.
import { createMongoAbility, type MongoAbility, type RawRuleOf } from "@casl/ability";
import { initGraphQLTada, type ResultOf } from "gql.tada";
import { print } from "graphql";
import type { introspection } from "./generated/graphql";

type Action = "create" | "read" | "update" | "delete" | "manage";
type Name = "Book" | "Author" | "User";
/** An object of a GraphQL response with the fields that rules name: type, id and owner's id. */
type Entity = { __typename: Name; id: string; ownerId?: string };
export type AppAbility = MongoAbility<[Action, Name | "all" | Entity]>;
type Rules = RawRuleOf<AppAbility>[];

export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; JSON: Rules };
}>();

export const permissions = graphql(`
  query Permissions {
    me { __typename id abilities }
    books(limit: 100) { __typename id ownerId title viewerCan { update delete } }
    authors(limit: 100) { __typename id ownerId viewerCan { update delete } }
  }
`);

export type Seen = ResultOf<typeof permissions>;

/** An anonymous user has no rules, and so may change nothing. */
export function abilityOf(me: Seen["me"]): AppAbility {
  const detectSubjectType = (object: Entity) => object.__typename;
  return createMongoAbility<AppAbility>(me?.abilities ?? [], { detectSubjectType });
}

export async function ask(url: string, init: RequestInit): Promise<Seen> {
  const headers = { ...init.headers, "content-type": "application/json" };
  const body = JSON.stringify({ query: print(permissions) });
  const response = await fetch(url, { ...init, method: "POST", headers, body });
  return ((await response.json()) as { data: Seen }).data;
}

export function mistakes(ability: AppAbility, { books }: Seen) {
  // @ts-expect-error there is no such action
  ability.can("publish", "Book");
  // @ts-expect-error there is no such type
  ability.can("update", "Quack");
  return books.filter((book) => ability.can("update", book));
}
