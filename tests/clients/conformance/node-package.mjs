/** The npm package of the server on Node; another version of better-auth may be installed. */
export const { BETTER_AUTH_SERVER = "better-auth" } = process.env;
