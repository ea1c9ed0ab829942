// What people read when something was refused.
import type { BookCardFragment } from "./generated";

/** An error as GraphQL answers carry it. */
interface Refusal {
  message: string;
  extensions?: Record<string, unknown> | undefined;
}

/** What the server has of a book that somebody else changed first (`extensions.current`). */
export type CurrentBook = Pick<BookCardFragment, "__typename" | "id" | "title" | "releaseYear" | "updatedAt">;

/** Why something was not done: in words for people, with the book as it is now, if it is another one. */
export interface Refused {
  words: string;
  current?: CurrentBook;
}

export const UNREACHABLE: Refused = { words: "The library cannot be reached." };

/** Tells a person what the server's errors mean, `book` being what they tried to change. */
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

/** `{ title: ["must not be empty"] }` as `Title must not be empty.` */
function fields(messages: unknown): string {
  const entries = Object.entries((messages ?? {}) as Record<string, string[]>);
  return entries.map(([field, why]) => `${words(field)} ${why.join(", ")}.`).join(" ");
}

/** `releaseYear` as `Release year`. */
function words(field: string): string {
  const spaced = field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
