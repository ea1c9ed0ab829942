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

export type PageName = "library" | "account" | "device" | "join";

const DEVICE_PATH = /device$/;

/** The page shown at first: after a link, the server returns to the account page. */
export const FIRST_PAGE: PageName = DEVICE_PATH.test(location.pathname)
  ? "device"
  : takeParameter("page") === "account"
    ? "account"
    : "library";

/** The code of a device, of the page that approves devices. */
export const USER_CODE = FIRST_PAGE === "device" ? new URLSearchParams(location.search).get("user_code") : null;

const page = new URL(location.href);
page.search = LIVE === null ? "" : `?live=${encodeURIComponent(LIVE)}`;
page.hash = "";

const home = new URL(page);
home.pathname = home.pathname.replace(DEVICE_PATH, "");

/** The URL of the library. */
export const HOME = home.href;

if (USER_CODE !== null) page.searchParams.set("user_code", USER_CODE);

/** The URL of this page. */
export const HERE = page.href;

home.searchParams.set("page", "account");

/** The URL of the account page. */
export const ACCOUNT_PAGE = home.href;

/** The number of books per page. */
export const PAGE_SIZE = 48;

/** Returns `page` with a parameter. */
export function withParameter(page: string, name: string, value: string): string {
  const url = new URL(page);
  url.searchParams.set(name, value);
  return url.href;
}
