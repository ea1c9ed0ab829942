// The library's books by urql's hooks; what the cache makes of them stands in cache.ts.
import { useCallback, useState } from "react";
import { type CombinedError, useMutation, useQuery, useSubscription } from "urql";
import {
  AuthorsDocument,
  BookChangedDocument,
  BookCountDocument,
  BooksDocument,
  CreateBookDocument,
  DeleteBookDocument,
  UpdateBookDocument,
} from "../shared/generated";
import { type Author, type Book, Library, type Outcome } from "../shared/library";
import { explain, type Refused, UNREACHABLE } from "../shared/messages";
import { PAGE_SIZE } from "../shared/page";
import type { Viewer } from "../shared/session";

export function Books({ viewer }: { viewer: Viewer | null }) {
  useSubscription({ query: BookChangedDocument });
  const [{ data: counted }] = useQuery({ query: BookCountDocument, variables: {} });
  return (
    <Library
      viewer={viewer}
      count={counted?.booksConnection.totalCount}
      useAuthors={useAuthors}
      {...usePages()}
      {...useChanges()}
    />
  );
}

/** The list so far, and the way to its next page. */
function usePages() {
  const [after, setAfter] = useState<string | null>(null);
  const [{ data, error, fetching }, ask] = useQuery({
    query: BooksDocument,
    variables: { first: PAGE_SIZE, after },
  });
  const { hasNextPage, endCursor } = data?.booksConnection.pageInfo ?? {};
  const loadNext = useCallback(() => setAfter(endCursor ?? null), [endCursor]);
  return {
    books: data?.booksConnection.edges.map((edge) => edge.node),
    failure: error ? reason(error).words : null,
    atEnd: hasNextPage === false,
    retry: () => ask({ requestPolicy: "network-only" }),
    loadMore: hasNextPage && !fetching ? loadNext : undefined,
  };
}

function useAuthors(name: string): readonly Author[] {
  const [{ data }] = useQuery({ query: AuthorsDocument, variables: { name }, pause: name === "" });
  return data?.authors ?? [];
}

/** Creates, updates and deletes; each shows before the server has answered. */
function useChanges() {
  const [, createBook] = useMutation(CreateBookDocument);
  const [, updateBook] = useMutation(UpdateBookDocument);
  const [, deleteBook] = useMutation(DeleteBookDocument);
  return {
    create: (input: Parameters<typeof createBook>[0]["input"]) => outcome(createBook({ input })),
    update: (book: Book, input: Parameters<typeof updateBook>[0]["input"], ifUpdatedAt: string) =>
      outcome(updateBook({ id: book.id, input, ifUpdatedAt }), book),
    remove: (book: Book) => outcome(deleteBook({ id: book.id }), book),
  };
}

async function outcome(change: Promise<{ error?: CombinedError | undefined }>, book?: Book): Outcome {
  const { error } = await change;
  return error ? reason(error, book) : null;
}

function reason(error: CombinedError, book?: Book): Refused {
  return error.networkError ? UNREACHABLE : explain(error.graphQLErrors, book);
}
