// The plugin one-time-token.
import assert from "node:assert/strict";
import { accepted, refused } from "../../expect.mjs";

const generate = async ({ client }) => accepted(await client.oneTimeToken.generate()).token;
const verify = ({ client }, token) => client.oneTimeToken.verify({ token });

export default [
  {
    number: "T1",
    name: "a token hands the session over once",
    profile: "oneTimeToken",
    run: async (t) => {
      const ann = await t.member();
      const token = await generate(ann);
      const page = t.visitor();
      const { session, user } = accepted(await verify(page, token));
      assert.deepEqual([session.token, user.id], [ann.token, ann.user.id]);
      assert.equal((await page.session()).session.token, ann.token);
      refused(await verify(t.visitor(), token), 400, undefined);
    },
  },
  {
    number: "T2",
    name: "a token counts for three minutes, and not without its session",
    profile: "oneTimeToken",
    run: async (t) => {
      const ann = await t.member();
      const late = await generate(ann);
      await t.advance(240);
      refused(await verify(t.visitor(), late), 400, undefined);
      const orphan = await generate(ann);
      accepted(await ann.client.signOut());
      refused(await verify(t.visitor(), orphan), 400, undefined);
      refused(await t.visitor().client.oneTimeToken.generate(), 401, "UNAUTHORIZED");
      for (const json of [{}, { token: 5 }, { token: "" }, { token: "x" }]) {
        const answer = await t.ask("POST", "one-time-token/verify", { json, note: JSON.stringify(json) });
        assert.equal(answer.status, 400);
      }
    },
  },
  {
    number: "T3",
    name: "of fifty parallel uses of a token one gets the session",
    profile: "oneTimeToken",
    run: async (t) => {
      const json = { token: await generate(await t.member()) };
      const use = () => t.unrecorded("POST", "one-time-token/verify", { json });
      const answers = await Promise.all(Array.from({ length: 50 }, use));
      t.keep("who got in", answers.filter(({ status }) => status === 200).length);
    },
  },
  {
    number: "T4",
    name: "hashed, shorter, with each new session, and without a cookie",
    profile: "oneTimeTokenOptions",
    run: async (t) => {
      const ann = await t.member();
      const signIn = { email: ann.email, password: "correct horse battery" };
      const answer = await t.ask("POST", "sign-in/email", { json: signIn });
      const page = t.visitor();
      assert.equal(accepted(await verify(page, answer.header("set-ott"))).user.id, ann.user.id);
      assert.equal(await page.session(), null);
      const late = await generate(ann);
      await t.advance(120);
      refused(await verify(t.visitor(), late), 400, undefined);
    },
  },
  {
    number: "T5",
    name: "clients may not ask for tokens if a setting says so",
    profile: "oneTimeTokenClosed",
    run: async (t) => {
      const ann = await t.member();
      refused(await ann.client.oneTimeToken.generate(), 400, undefined);
    },
  },
];
