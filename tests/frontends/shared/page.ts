// The configuration of the page.

/** The URL of Bookplate's server, which has another origin than the page. */
export const API = document.querySelector<HTMLMetaElement>('meta[name="api"]')?.content ?? location.origin;

export const GRAPHQL = `${API}/graphql`;

/** The protocol of live changes; `?live=…` chooses another one than the app's first. */
export const LIVE = new URLSearchParams(location.search).get("live");

/** Returns a parameter of the URL, and removes it from the address bar. */
export function takeParameter(name: string): string | null {
  const url = new URL(location.href);
  const value = url.searchParams.get(name);
  url.searchParams.delete(name);
  if (value !== null) history.replaceState(null, "", url);
  return value;
}

/** Whether the account page is shown at first: after a link, the server returns to it. */
export const STARTS_WITH_ACCOUNT = takeParameter("page") === "account";

const page = new URL(location.href);
page.search = LIVE === null ? "" : `?live=${encodeURIComponent(LIVE)}`;

/** The URL of this page. */
export const HERE = page.href;

page.searchParams.set("page", "account");

/** The URL of the account page. */
export const ACCOUNT_PAGE = page.href;

/** The number of books per page. */
export const PAGE_SIZE = 48;
