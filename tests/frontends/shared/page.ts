// The configuration of the page.

/** The URL of Bookplate's server, which has another origin than the page. */
export const API = document.querySelector<HTMLMetaElement>('meta[name="api"]')?.content ?? location.origin;

export const GRAPHQL = `${API}/graphql`;

/** The protocol of live changes; `?live=…` chooses another one than the app's first. */
export const LIVE = new URLSearchParams(location.search).get("live");

/** The number of books per page. */
export const PAGE_SIZE = 48;
