// What guests are told.

/** Tells a guest how to keep what they own. */
export function GuestNotice({ join }: { join: () => void }) {
  return (
    <div className="guest" role="note" aria-label="You are a guest">
      <p>
        <b>You are a guest.</b> Your books are yours in this browser only. With an account you keep them.
      </p>
      <button type="button" onClick={join}>Keep my books</button>
    </div>
  );
}
