// Graphcache: pages that become one list, changes that show at once, and what others
// change meanwhile.
import { type Cache, cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import {
  AuthorNameFragmentDoc,
  BookCardFragmentDoc,
  type BookChangedSubscription,
  BookCountDocument,
  BookEdgeFragmentDoc,
  type CreateBookMutation,
  type CreateBookMutationVariables,
  type DeleteBookMutation,
  type DeleteBookMutationVariables,
  type UpdateBookMutationVariables,
} from "../shared/generated";
import type { Book } from "../shared/library";
import type { Viewer } from "../shared/session";

export function cache(viewer: Viewer | null) {
  return cacheExchange({
    keys: {
      // Of its own, so that a page can be told which edges it has.
      BookEdge: (edge) => edge.cursor as string,
      BookChange: () => null,
      ViewerCan: () => null,
    },
    resolvers: { Query: { booksConnection: relayPagination() } },
    updates: {
      Mutation: {
        // One that failed is null.
        createBook: ({ createBook }: CreateBookMutation, _, cache) => createBook && add(cache, createBook),
        deleteBook: ({ deleteBook }: DeleteBookMutation, _, cache) => deleteBook && remove(cache, deleteBook.id),
      },
      Subscription: {
        bookChanged: ({ bookChanged: { kind, book } }: BookChangedSubscription, _, cache) => {
          if (kind === "CREATED") add(cache, book);
          if (kind === "DELETED") remove(cache, book.id);
          // One's own changes come back as events, too: counted here, they are counted once.
          count(cache, { CREATED: 1, UPDATED: 0, DELETED: -1 }[kind]);
        },
      },
    },
    optimistic: {
      createBook: ({ input }: CreateBookMutationVariables, cache) => viewer && draft(cache, input, viewer),
      updateBook: ({ id, input }: UpdateBookMutationVariables, cache) => ({
        ...cache.readFragment(BookCardFragmentDoc, { __typename: "Book", id }),
        ...input,
      }),
      deleteBook: ({ id }: DeleteBookMutationVariables) => ({ __typename: "Book", id }),
    },
  });
}

/** The cached pages of the list, with the keys of their edges; the first comes first. */
function pages(cache: Cache) {
  return cache
    .inspectFields("Query")
    .filter((field) => field.fieldName === "booksConnection" && field.arguments?.orderBy)
    .map((field) => {
      const page = cache.resolve("Query", field.fieldKey) as string;
      return { page, after: field.arguments?.after, edges: cache.resolve(page, "edges") as string[] };
    });
}

/** Puts a new book in front, unless it is there. */
function add(cache: Cache, book: Book) {
  const all = pages(cache);
  const first = all.find(({ after }) => !after);
  const key = cache.keyOfEntity({ __typename: "Book", id: book.id });
  const isThere = all.some(({ edges }) => edges.some((edge) => cache.resolve(edge, "node") === key));
  if (!first || isThere) return;
  const edge = { __typename: "BookEdge" as const, cursor: book.id, node: book };
  cache.writeFragment(BookEdgeFragmentDoc, edge);
  cache.link(first.page, "edges", [cache.keyOfEntity(edge), ...first.edges]);
}

/** Takes a book out of whichever page has it. */
function remove(cache: Cache, id: string) {
  const key = cache.keyOfEntity({ __typename: "Book", id });
  for (const { page, edges } of pages(cache)) {
    const others = edges.filter((edge) => cache.resolve(edge, "node") !== key);
    if (others.length < edges.length) cache.link(page, "edges", others);
  }
}

function count(cache: Cache, difference: number) {
  cache.updateQuery({ query: BookCountDocument }, (counted) => counted && {
    booksConnection: {
      ...counted.booksConnection,
      totalCount: counted.booksConnection.totalCount + difference,
    },
  });
}

/** A book as it will probably be. */
function draft(cache: Cache, input: CreateBookMutationVariables["input"], viewer: Viewer): Book {
  const authors = input.authorIds.map((id) =>
    cache.readFragment(AuthorNameFragmentDoc, { __typename: "Author", id }),
  );
  return {
    __typename: "Book",
    id: "draft",
    title: input.title,
    releaseYear: input.releaseYear ?? null,
    updatedAt: new Date().toISOString(),
    authors: authors.filter((author) => author !== null),
    owner: { __typename: "User", id: viewer.id, name: viewer.name },
    viewerCan: { __typename: "ViewerCan", update: true, delete: true },
  };
}
