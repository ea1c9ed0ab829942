/** The package of the server on Node: another version of better-auth may be installed, too. */
export const { BETTER_AUTH_SERVER = "better-auth" } = process.env;
