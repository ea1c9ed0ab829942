// The library as one sees it. Where books come from and go to is the apps' affair.
import { type FormEvent, useDeferredValue, useEffect, useRef, useState } from "react";
import type { AuthorsQuery, BookCardFragment, CreateBookInput, UpdateBookInput } from "./generated";
import type { Viewer } from "./session";
import { SignIn } from "./shell";

export type Book = BookCardFragment;
export type Author = AuthorsQuery["authors"][number];

/** Why something was refused, in words for people; null when it was done. */
export type Outcome = Promise<string | null>;

export interface LibraryProps {
  viewer: Viewer | null;
  /** Undefined until they are here. */
  books: readonly Book[] | undefined;
  count: number | undefined;
  failure: string | null;
  /** Absent at the end of the list, and while more is on its way. */
  loadMore: (() => void) | undefined;
  atEnd: boolean;
  /** Asks again for what failed. */
  retry: () => void;
  useAuthors: (name: string) => readonly Author[];
  create: (input: CreateBookInput) => Outcome;
  update: (book: Book, input: UpdateBookInput) => Outcome;
  remove: (book: Book) => Outcome;
}

const EMPTY = "There are no books yet. Whoever is signed in may add the first.";

export function Library(props: LibraryProps) {
  const { viewer, books, count, failure, loadMore, atEnd } = props;
  const [notice, setNotice] = useState<string | null>(null);
  const tell = async (outcome: Outcome) => {
    const refusal = await outcome;
    setNotice(refusal);
    return refusal;
  };

  return (
    <>
      <aside>{viewer ? <NewBook {...props} tell={tell} /> : <SignIn />}</aside>
      <section aria-label="Library">
        <p className="count" role="status">{count === undefined ? "…" : count === 1 ? "1 book" : `${count} books`}</p>
        {(notice ?? failure) && (
          <div className="notice">
            <p role="alert">{notice ?? failure}</p>
            {notice ? (
              <button type="button" className="quiet" aria-label="Dismiss" onClick={() => setNotice(null)}>
                ×
              </button>
            ) : (
              <button type="button" className="quiet" onClick={props.retry}>Try again</button>
            )}
          </div>
        )}
        <ul className="shelf" aria-label="Books">
          {books?.map((book) => (
            <Plate
              key={book.id}
              book={book}
              signedIn={viewer !== null}
              update={(input) => tell(props.update(book, input))}
              remove={() => tell(props.remove(book))}
            />
          ))}
        </ul>
        {!failure && !atEnd && <More load={loadMore} />}
        {atEnd && <p className="end">{books?.length ? "You have seen every book." : EMPTY}</p>}
      </section>
    </>
  );
}

/** Asks for more as soon as it comes into sight. */
function More({ load }: { load: (() => void) | undefined }) {
  const mark = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (!mark.current || !load) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && load(),
      { rootMargin: "400px" },
    );
    observer.observe(mark.current);
    return () => observer.disconnect();
  }, [load]);
  return <p className="end" ref={mark}>More books …</p>;
}

interface PlateProps {
  book: Book;
  signedIn: boolean;
  update: (input: UpdateBookInput) => Outcome;
  remove: () => Outcome;
}

/** A book, as the label in it that says whose it is. */
function Plate({ book, signedIn, update, remove }: PlateProps) {
  const [editing, setEditing] = useState(false);
  const edit = useRef<HTMLButtonElement>(null);
  const wasEditing = useRef(false);
  // The form takes the focus, and gives it back.
  useEffect(() => {
    if (wasEditing.current && !editing) edit.current?.focus();
    wasEditing.current = editing;
  }, [editing]);

  function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    update(titleAndYear(new FormData(event.currentTarget)));
    setEditing(false);
  }

  if (editing) {
    return (
      <li className="plate">
        <form aria-label={`Edit ${book.title}`} onSubmit={save}>
          <label>Title<input name="title" defaultValue={book.title} required maxLength={300} autoFocus /></label>
          <label>Year<input name="year" type="number" defaultValue={book.releaseYear ?? ""} /></label>
          <div className="actions">
            <button type="submit">Save</button>
            <button type="button" className="quiet" onClick={() => setEditing(false)}>Cancel</button>
          </div>
        </form>
      </li>
    );
  }
  return (
    <li className="plate" aria-label={book.title}>
      <h3>{book.title}</h3>
      <p className="authors">{book.authors.map((author) => author.name).join(", ") || "Author unknown"}</p>
      <p className="year">{year(book.releaseYear)}</p>
      <p className="owner">Ex libris <b>{book.owner.name}</b></p>
      {signedIn && (
        <div className="actions">
          <button
            ref={edit}
            type="button"
            className={book.viewerCan.update ? "quiet" : "quiet foreign"}
            title={book.viewerCan.update ? undefined : `It is ${book.owner.name}’s`}
            onClick={() => setEditing(true)}
          >
            Edit
          </button>
          {book.viewerCan.delete && (
            <button type="button" className="quiet" onClick={remove}>Delete</button>
          )}
        </div>
      )}
    </li>
  );
}

function NewBook({ create, useAuthors, tell }: LibraryProps & { tell: (outcome: Outcome) => Outcome }) {
  const [name, setName] = useState("");
  const authors = useAuthors(useDeferredValue(name).trim());

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const author = authors.find((author) => author.name === name.trim());
    if (name.trim() && !author) {
      await tell(Promise.resolve("Nobody of that name is among the authors."));
      return;
    }
    const written = new FormData(form);
    const refused = tell(create({ ...titleAndYear(written), authorIds: author ? [author.id] : [] }));
    form.reset();
    setName("");
    // What was refused need not be written again, unless the next book is begun already.
    if ((await refused) && !new FormData(form).get("title")) {
      setName(name);
      for (const field of ["title", "year"]) {
        const input = form.elements.namedItem(field);
        if (input instanceof HTMLInputElement) input.value = String(written.get(field) ?? "");
      }
    }
  }

  return (
    <form className="panel" aria-label="New book" onSubmit={submit}>
      <h2>Add a book</h2>
      <label>Title<input name="title" required maxLength={300} /></label>
      <label>
        Author
        <input value={name} onChange={(event) => setName(event.target.value)} list="authors" autoComplete="off" />
      </label>
      <datalist id="authors">
        {authors.map(({ id, name }) => <option key={id} value={name} />)}
      </datalist>
      <label>Year<input name="year" type="number" /></label>
      <button type="submit">Add to the library</button>
    </form>
  );
}

function titleAndYear(fields: FormData): { title: string; releaseYear: number | null } {
  const year = String(fields.get("year") ?? "");
  return { title: String(fields.get("title") ?? ""), releaseYear: year === "" ? null : Number(year) };
}

function year(number: number | null): string {
  if (number === null) return "undated";
  return number < 0 ? `${-number} BC` : String(number);
}
