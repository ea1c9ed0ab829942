// Queries whose results are typed by schema.graphql.
import { initGraphQLTada, type ResultOf, type VariablesOf } from "gql.tada";
import { print } from "graphql";
import type { introspection } from "./generated/graphql";

const graphql = initGraphQLTada<{ introspection: introspection; scalars: { DateTime: string } }>();

export const books = graphql(`
  query Books($limit: Int!) {
    books(limit: $limit) {
      title
      authors { name }
      owner { name }
    }
  }
`);

const shownBook = graphql(`
  fragment ShownBook on Book @_unmask {
    title description isbn releaseYear ownerId createdAt updatedAt
  }
`);

export const createBook = graphql(`
  mutation CreateBook($input: CreateBookInput!) {
    createBook(input: $input) { id title }
  }
`);

export const updateBook = graphql(`
  mutation UpdateBook($id: ID!, $input: UpdateBookInput!, $seen: DateTime) {
    updateBook(id: $id, input: $input, ifUpdatedAt: $seen) { id title updatedAt }
  }
`);

/** `extensions` of a conflict with another editor: the current row. */
export interface Outdated {
  code: "CONFLICT";
  current: { __typename: "Book"; id: string } & Pick<
    ResultOf<typeof shownBook>,
    "title" | "description" | "isbn" | "releaseYear" | "ownerId" | "createdAt" | "updatedAt"
  >;
}

/** Executes the query, and returns the titles. */
export async function titles(url: string): Promise<string[]> {
  const variables: VariablesOf<typeof books> = { limit: 3 };
  const body = JSON.stringify({ query: print(books), variables });
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const { data } = (await response.json()) as { data: ResultOf<typeof books> };
  return data.books.map((book) => book.title);
}

export const input: VariablesOf<typeof createBook> = { input: { title: "Emma", authorIds: [] } };
export const edited: VariablesOf<typeof updateBook> = {
  id: "b1",
  input: { title: "Emma II" },
  seen: "2026-11-20T12:00:00.000Z",
};
// @ts-expect-error a title is missing
export const incomplete: VariablesOf<typeof createBook> = { input: { authorIds: [] } };

export function mistakes(data: ResultOf<typeof books>) {
  // @ts-expect-error it was not asked for
  return data.books.map((book) => book.isbn);
}
