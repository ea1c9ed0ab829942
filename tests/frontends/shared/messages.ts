// Messages to users about refusals.
import type { BookCardFragment } from "./generated";

/** An error of a GraphQL response. */
interface Refusal {
  message: string;
  extensions?: Record<string, unknown> | undefined;
}

/** The current book after a conflict (`extensions.current`). */
export type CurrentBook = Pick<BookCardFragment, "__typename" | "id" | "title" | "releaseYear" | "updatedAt">;

/** The reason of a failure as a message, with the current book after a conflict. */
export interface Refused {
  words: string;
  current?: CurrentBook;
}

export const UNREACHABLE: Refused = { words: "The library cannot be reached." };

/** Translates the server's errors; `book` is the changed book. */
export function explain(errors: readonly Refusal[], book?: BookCardFragment): Refused {
  const words = errors.map((error) => sentence(error, book)).join(" ");
  const current = errors.map(({ extensions }) => extensions?.current).find((row) => row !== undefined);
  return words ? { words, ...(current !== undefined && { current: current as CurrentBook }) } : UNREACHABLE;
}

function sentence({ message, extensions = {} }: Refusal, book?: BookCardFragment): string {
  switch (extensions.code) {
    case "FORBIDDEN":
      return book ? `“${book.title}” is ${book.owner.name}’s: only they may change it.` : `Sorry, ${message}.`;
    case "UNAUTHENTICATED":
      return "You are signed out. Please sign in again.";
    case "BAD_USER_INPUT":
    case "CONFLICT":
      return fields(extensions.fields) || `Sorry, ${message}.`;
    default:
      return "Something went wrong. Please try again.";
  }
}

/** Formats `{ title: ["must not be empty"] }` as `Title must not be empty.` */
function fields(messages: unknown): string {
  const entries = Object.entries((messages ?? {}) as Record<string, string[]>);
  return entries.map(([field, why]) => `${words(field)} ${why.join(", ")}.`).join(" ");
}

/** Formats `releaseYear` as `Release year`. */
function words(field: string): string {
  const spaced = field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
