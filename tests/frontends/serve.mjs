// `npm run serve apollo` serves an app at http://localhost:5173. The server must trust that origin:
// BETTER_AUTH_TRUSTED_ORIGINS=http://localhost:5173.
import { serve } from "./driver/pages.mjs";

const [app = "apollo", api = "http://localhost:3000"] = process.argv.slice(2);
const { port } = await serve(app, api, 5173);
console.log(`${app}: http://localhost:${port}, with the server at ${api}`);
