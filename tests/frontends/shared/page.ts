// What the page knows before it asks anything.

/** Where Bookplate's server is: another origin than the page's own. */
export const API = document.querySelector<HTMLMetaElement>('meta[name="api"]')?.content ?? location.origin;

export const GRAPHQL = `${API}/graphql`;

/** How changes come in live; `?live=…` chooses another way than the app's first. */
export const LIVE = new URLSearchParams(location.search).get("live");

/** Books in a page of the list. */
export const PAGE_SIZE = 48;
