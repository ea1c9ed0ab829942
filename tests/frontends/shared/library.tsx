// The components of the library. The apps provide the data.
import { type FormEvent, useDeferredValue, useEffect, useRef, useState } from "react";
import type { AuthorsQuery, BookCardFragment, CreateBookInput, UpdateBookInput } from "./generated";
import type { CurrentBook, Refused } from "./messages";
import type { Viewer } from "./session";
import { SignIn } from "./plugins/sign-in";

export type Book = BookCardFragment;
export type Author = AuthorsQuery["authors"][number];

/** The reason of a refusal, or null after a success. */
export type Outcome = Promise<Refused | null>;

/** The fields that a user enters for a book. */
type Written = { title: string; releaseYear: number | null };

export interface LibraryProps {
  viewer: Viewer | null;
  /** Undefined until the books are loaded. */
  books: readonly Book[] | undefined;
  count: number | undefined;
  failure: string | null;
  /** Absent at the end of the list and while a page is loading. */
  loadMore: (() => void) | undefined;
  atEnd: boolean;
  /** Repeats a failed query. */
  retry: () => void;
  useAuthors: (name: string) => readonly Author[];
  create: (input: CreateBookInput) => Outcome;
  /** Only if the book still has this version: the `updatedAt` that the editor loaded. */
  update: (book: Book, input: UpdateBookInput, version: string) => Outcome;
  remove: (book: Book) => Outcome;
}

const EMPTY = "There are no books yet. Whoever is signed in may add the first.";

export function Library(props: LibraryProps) {
  const { viewer, books, count, failure, loadMore, atEnd } = props;
  const [notice, setNotice] = useState<string | null>(null);
  const tell = async (outcome: Outcome) => {
    const refused = await outcome;
    // The book itself shows a conflict.
    setNotice(refused && !refused.current ? refused.words : null);
    return refused;
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
              update={(input, version) => tell(props.update(book, input, version))}
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

/** Loads the next page as soon as it becomes visible. */
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
  update: (input: Written, version: string) => Outcome;
  remove: () => Outcome;
}

/** A book, labelled with its title and owner. */
function Plate({ book, signedIn, update, remove }: PlateProps) {
  // The version when editing began; others may change the book meanwhile.
  const [seen, setSeen] = useState<Book | null>(null);
  const [conflict, setConflict] = useState<{ mine: Written; current: CurrentBook } | null>(null);
  const editing = seen !== null;
  const edit = useRef<HTMLButtonElement>(null);
  const wasEditing = useRef(false);
  // The form takes the focus, and returns it.
  useEffect(() => {
    if (wasEditing.current && !editing) edit.current?.focus();
    wasEditing.current = editing;
  }, [editing]);

  async function save(mine: Written, version: string) {
    const refused = await update(mine, version);
    setConflict(refused?.current ? { mine, current: refused.current } : null);
  }

  if (seen) {
    function submit(event: FormEvent<HTMLFormElement>, { updatedAt }: Book) {
      event.preventDefault();
      void save(titleAndYear(new FormData(event.currentTarget)), updatedAt);
      setSeen(null);
    }
    return (
      <li className="plate">
        <form aria-label={`Edit ${seen.title}`} onSubmit={(event) => submit(event, seen)}>
          <label>Title<input name="title" defaultValue={seen.title} required maxLength={300} autoFocus /></label>
          <label>Year<input name="year" type="number" defaultValue={seen.releaseYear ?? ""} /></label>
          <div className="actions">
            <button type="submit">Save</button>
            <button type="button" className="quiet" onClick={() => setSeen(null)}>Cancel</button>
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
      {conflict && (
        <div className="conflict">
          <p role="alert">
            Somebody changed it meanwhile: it is {described(conflict.current)} now. You wrote {described(conflict.mine)}.
          </p>
          <div className="actions">
            <button type="button" onClick={() => save(conflict.mine, conflict.current.updatedAt)}>Overwrite</button>
            <button type="button" className="quiet" onClick={() => setConflict(null)}>Keep theirs</button>
          </div>
        </div>
      )}
      {signedIn && (
        <div className="actions">
          <button
            ref={edit}
            type="button"
            className={book.viewerCan.update ? "quiet" : "quiet foreign"}
            title={book.viewerCan.update ? undefined : `It is ${book.owner.name}’s`}
            onClick={() => setSeen(book)}
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
      await tell(Promise.resolve({ words: "Nobody of that name is among the authors." }));
      return;
    }
    const written = new FormData(form);
    const refused = tell(create({ ...titleAndYear(written), authorIds: author ? [author.id] : [] }));
    form.reset();
    setName("");
    // After a refusal, the text stays, unless the next book is being entered.
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

function titleAndYear(fields: FormData): Written {
  const year = String(fields.get("year") ?? "");
  return { title: String(fields.get("title") ?? ""), releaseYear: year === "" ? null : Number(year) };
}

function described({ title, releaseYear }: Written): string {
  return `“${title}”, ${year(releaseYear)},`;
}

function year(number: number | null): string {
  if (number === null) return "undated";
  return number < 0 ? `${-number} BC` : String(number);
}
