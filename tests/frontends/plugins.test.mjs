// The sign-in plugins in the apps: APP is `apollo` or `urql`, or both without it. The server at
// BASE_URL has all plugins on. With SCREENSHOTS, pictures of the pages are written.
import { plugins } from "./driver/plugins/plugins.mjs";

const { APP } = process.env;
for (const app of APP ? [APP] : ["apollo", "urql"]) plugins(app);
