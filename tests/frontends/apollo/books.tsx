// The books by Apollo Client's hooks: pages, optimistic updates, and changes of others.
import { type ApolloCache, CombinedGraphQLErrors } from "@apollo/client";
import { useApolloClient, useMutation, useQuery, useSubscription } from "@apollo/client/react";
import { useCallback } from "react";
import {
  AuthorNameFragmentDoc,
  AuthorsDocument,
  BookChangedDocument,
  BookCountDocument,
  BooksDocument,
  CreateBookDocument,
  type CreateBookInput,
  DeleteBookDocument,
  UpdateBookDocument,
  type UpdateBookInput,
} from "../shared/generated";
import { type Author, type Book, Library, type Outcome } from "../shared/library";
import { explain, type Refused, UNREACHABLE } from "../shared/messages";
import { PAGE_SIZE } from "../shared/page";
import type { Viewer } from "../shared/session";

const firstPage = { query: BooksDocument, variables: { first: PAGE_SIZE } };

export function Books({ viewer }: { viewer: Viewer | null }) {
  useLiveChanges();
  const { data: counted } = useQuery(BookCountDocument);
  return (
    <Library
      viewer={viewer}
      count={counted?.booksConnection.totalCount}
      useAuthors={useAuthors}
      {...usePages()}
      {...useChanges(viewer)}
    />
  );
}

/** The pages read so far, and a function that reads the next one. */
function usePages() {
  const { data, error, loading, fetchMore, refetch } = useQuery(BooksDocument, firstPage);
  const { hasNextPage, endCursor } = data?.booksConnection.pageInfo ?? {};
  const loadNext = useCallback(
    // On failure, the query's own error is shown.
    () => void fetchMore({ variables: { after: endCursor ?? null } }).catch(() => undefined),
    [fetchMore, endCursor],
  );
  return {
    books: data?.booksConnection.edges.map((edge) => edge.node),
    failure: error ? reason(error).words : null,
    atEnd: hasNextPage === false,
    retry: () => void refetch().catch(() => undefined),
    loadMore: hasNextPage && !loading ? loadNext : undefined,
  };
}

function useAuthors(name: string): readonly Author[] {
  const { data, previousData } = useQuery(AuthorsDocument, { variables: { name }, skip: name === "" });
  return (data ?? previousData)?.authors ?? [];
}

/** Creates, updates and deletes with optimistic responses. */
function useChanges(viewer: Viewer | null) {
  const { cache } = useApolloClient();
  const [createBook] = useMutation(CreateBookDocument);
  const [updateBook] = useMutation(UpdateBookDocument);
  const [deleteBook] = useMutation(DeleteBookDocument);

  function create(input: CreateBookInput): Outcome {
    return outcome(
      createBook({
        variables: { input },
        ...(viewer && { optimisticResponse: { createBook: draft(cache, input, viewer) } }),
        update: (cache, { data }) => data?.createBook && add(cache, data.createBook),
      }),
    );
  }

  function update(book: Book, input: UpdateBookInput, ifUpdatedAt: string): Outcome {
    const { title, releaseYear = book.releaseYear } = input;
    return outcome(
      updateBook({
        variables: { id: book.id, input, ifUpdatedAt },
        optimisticResponse: { updateBook: { ...book, title: title ?? book.title, releaseYear } },
      }),
      book,
    );
  }

  function remove(book: Book): Outcome {
    return outcome(
      deleteBook({
        variables: { id: book.id },
        optimisticResponse: { deleteBook: { __typename: "Book", id: book.id } },
        update: (cache) => evict(cache, book),
      }),
      book,
    );
  }

  return { create, update, remove };
}

/** Changes by all users: the cache updates changed books by their ids. */
function useLiveChanges() {
  useSubscription(BookChangedDocument, {
    onData({ client: { cache }, data: { data } }) {
      if (!data) return;
      const { kind, book } = data.bookChanged;
      if (kind === "CREATED") add(cache, book);
      if (kind === "DELETED") evict(cache, book);
      // Own changes arrive as events, too; only events adjust the count.
      const difference = { CREATED: 1, UPDATED: 0, DELETED: -1 }[kind];
      cache.updateQuery({ query: BookCountDocument }, (counted) => counted && {
        booksConnection: {
          ...counted.booksConnection,
          totalCount: counted.booksConnection.totalCount + difference,
        },
      });
    },
  });
}

/** Inserts a new book at the front unless it is listed. */
function add(cache: ApolloCache, book: Book) {
  cache.updateQuery(firstPage, (data) => {
    if (!data || data.booksConnection.edges.some(({ node }) => node.id === book.id)) return undefined;
    const edge = { __typename: "BookEdge" as const, cursor: book.id, node: book };
    return { booksConnection: { ...data.booksConnection, edges: [edge, ...data.booksConnection.edges] } };
  });
}

/** Removes books from pages that the cache no longer has. */
function evict(cache: ApolloCache, { __typename, id }: Book) {
  cache.evict({ id: cache.identify({ __typename, id })! });
  cache.gc();
}

/** The optimistic response for a book. */
function draft(cache: ApolloCache, input: CreateBookInput, viewer: Viewer): Book {
  const authors = input.authorIds.map((id) =>
    cache.readFragment({ fragment: AuthorNameFragmentDoc, id: `Author:${id}` }),
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

async function outcome(change: Promise<unknown>, book?: Book): Outcome {
  try {
    await change;
    return null;
  } catch (error) {
    return reason(error, book);
  }
}

function reason(error: unknown, book?: Book): Refused {
  return CombinedGraphQLErrors.is(error) ? explain(error.errors, book) : UNREACHABLE;
}
