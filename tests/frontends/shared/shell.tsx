// The page around the library: who is signed in, and the way in and out.
import { type ReactNode, StrictMode, useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import { AccountPage } from "./account";
import { FIRST_PAGE, HOME, type PageName } from "./page";
import { DevicePage } from "./plugins/device-page";
import { GuestNotice } from "./plugins/guest";
import { HANDOVER_TOKEN, UseHandover } from "./plugins/handover";
import { SignIn } from "./plugins/sign-in";
import { auth, type Viewer } from "./session";

type LibraryOf = (viewer: Viewer | null) => ReactNode;

/** Shows the page; `library` is what the app has for whoever is signed in. */
export function start(app: string, library: LibraryOf) {
  document.title = `Bookplate · ${app}`;
  const root = document.getElementById("root");
  if (root) createRoot(root).render(<StrictMode><Shell app={app} library={library} /></StrictMode>);
}

function Shell({ app, library }: { app: string; library: LibraryOf }) {
  const { data, isPending } = auth.useSession();
  const [isKnown, setKnown] = useState(false);
  // Asking again, as when the window gets the focus, must not take the page away.
  if (!isPending && !isKnown) setKnown(true);
  const viewer: Viewer | null = data?.user ?? null;
  const [page, show] = usePage(viewer);
  const [isHandedOver, setHandedOver] = useState(HANDOVER_TOKEN !== null);
  return (
    <>
      <header>
        <h1>Bookplate</h1>
        <span className="badge">{app}</span>
        {viewer && <AccountMenu viewer={viewer} page={page} show={show} />}
      </header>
      {/* Of one viewer nothing is left for the next: another key, another cache. */}
      {isKnown && (
        <main key={viewer?.id ?? "nobody"}>
          {isHandedOver ? (
            <UseHandover done={() => setHandedOver(false)} />
          ) : (
            <Content page={page} show={show} viewer={viewer} library={library} />
          )}
        </main>
      )}
    </>
  );
}

type Show = (page: PageName) => void;

/** The page shown; whoever has joined goes to the library, and whoever signs in later begins there. */
function usePage(viewer: Viewer | null): [PageName, Show] {
  const [page, setPage] = useState(FIRST_PAGE);
  const show = (next: PageName) => {
    if (page === "device") history.replaceState(null, "", HOME);
    setPage(next);
  };
  const last = useRef(viewer?.id);
  useEffect(() => {
    const isLeft = page === "join" || (page === "account" && viewer === null);
    if (last.current !== viewer?.id && isLeft) setPage("library");
    last.current = viewer?.id;
  }, [viewer?.id, page]);
  return [page, show];
}

function AccountMenu({ viewer, page, show }: { viewer: Viewer; page: PageName; show: Show }) {
  return (
    <div className="viewer" role="group" aria-label="Account">
      <span>{viewer.isAnonymous ? "Guest" : viewer.name}</span>
      <button type="button" className="quiet" onClick={() => show(page === "library" ? "account" : "library")}>
        {page === "library" ? "Account" : "Library"}
      </button>
      <button type="button" className="quiet" onClick={() => auth.signOut({ disableRedirect: true })}>
        Sign out
      </button>
    </div>
  );
}

interface ContentProps {
  page: PageName;
  show: Show;
  viewer: Viewer | null;
  library: LibraryOf;
}

function Content({ page, show, viewer, library }: ContentProps) {
  if (page === "device") return <DevicePage viewer={viewer} />;
  if (viewer && page === "account") return <AccountPage viewer={viewer} addAccount={() => show("join")} />;
  if (viewer && page === "join") {
    return <div className="card"><SignIn isNew={viewer.isAnonymous === true} asksGuests={false} /></div>;
  }
  return (
    <>
      {viewer?.isAnonymous && <GuestNotice join={() => show("join")} />}
      {library(viewer)}
    </>
  );
}
