// The plugin device-authorization.
import assert from "node:assert/strict";
import { accepted, refused } from "../../expect.mjs";

const GRANT = "urn:ietf:params:oauth:grant-type:device_code";
const CLIENT = "the reader";

/** Codes of a device. */
const begin = async (t, more = {}) =>
  accepted(await t.visitor().client.device.code({ client_id: CLIENT, ...more }));

const poll = (t, codes, more = {}) =>
  t.visitor().client.device.token({
    grant_type: GRANT,
    device_code: codes.device_code,
    client_id: CLIENT,
    ...more,
  });

const claim = ({ client }, codes) => client.device({ query: { user_code: codes.user_code } });
const approve = ({ client }, codes) => client.device.approve({ userCode: codes.user_code });
const deny = ({ client }, codes) => client.device.deny({ userCode: codes.user_code });

/** Asserts a refusal in the form of OAuth. */
function failed({ error }, status, code) {
  assert.deepEqual([error?.status, error?.error], [status, code]);
}

export default [
  {
    number: "V1",
    name: "a device gets a session that its user approves",
    profile: "device",
    run: async (t) => {
      const codes = await begin(t, { scope: "read write" });
      assert.match(codes.user_code, /^[A-HJ-NP-Z2-9]{8}$/);
      failed(await poll(t, codes), 400, "authorization_pending");
      failed(await poll(t, codes), 400, "slow_down");
      const ann = await t.member();
      const claimed = accepted(await claim(ann, codes));
      assert.deepEqual([claimed.status, claimed.client_id, claimed.scope], ["pending", CLIENT, "read write"]);
      assert.deepEqual(accepted(await approve(ann, codes)), { success: true });
      failed(await approve(ann, codes), 400, "invalid_request");
      await t.advance(60);
      const { access_token: token, scope } = accepted(await poll(t, codes));
      assert.equal(scope, "read write");
      t.normal.call(token, "<token of the device>");
      const headers = { authorization: `Bearer ${token}` };
      const { user } = (await t.ask("GET", "get-session", { headers })).json ?? {};
      assert.equal(user?.id, ann.user.id);
      failed(await poll(t, codes), 400, "invalid_grant");
    },
  },
  {
    number: "V2",
    name: "a device is denied",
    profile: "device",
    run: async (t) => {
      const codes = await begin(t);
      const ann = await t.member();
      accepted(await claim(ann, codes));
      assert.deepEqual(accepted(await deny(ann, codes)), { success: true });
      failed(await deny(ann, codes), 400, "invalid_request");
      failed(await poll(t, codes), 400, "access_denied");
      failed(await poll(t, codes), 400, "invalid_grant");
    },
  },
  {
    number: "V3",
    name: "only the user who claimed a code approves it",
    profile: "device",
    run: async (t) => {
      const codes = await begin(t);
      const ann = await t.member("ann");
      const eve = await t.member("eve");
      const nobody = t.visitor();
      failed(await approve(nobody, codes), 401, "unauthorized");
      failed(await deny(nobody, codes), 401, "unauthorized");
      failed(await approve(ann, codes), 400, "invalid_request");
      failed(await deny(ann, codes), 400, "invalid_request");
      assert.equal(accepted(await claim(nobody, codes)).client_id, undefined);
      accepted(await claim(ann, codes));
      assert.equal(accepted(await claim(eve, codes)).client_id, undefined);
      failed(await approve(eve, codes), 403, "access_denied");
      failed(await deny(eve, codes), 403, "access_denied");
      const written = { user_code: `${codes.user_code.slice(0, 4)}-${codes.user_code.slice(4).toLowerCase()}` };
      accepted(await approve(ann, written));
      const { access_token: token } = accepted(await poll(t, codes));
      t.normal.call(token, "<token of the device>");
    },
  },
  {
    number: "V4",
    name: "codes end after half an hour, and others are unknown",
    profile: "device",
    run: async (t) => {
      const codes = await begin(t);
      const ann = await t.member();
      accepted(await claim(ann, codes));
      failed(await poll(t, { device_code: "x" }), 400, "invalid_grant");
      failed(await poll(t, codes, { client_id: "another" }), 400, "invalid_grant");
      failed(await claim(ann, { user_code: "AAAAAAAA" }), 400, "invalid_request");
      failed(await approve(ann, { user_code: "AAAAAAAA" }), 400, "invalid_request");
      failed(await deny(ann, { user_code: "AAAAAAAA" }), 400, "invalid_request");
      await t.advance(1860);
      failed(await claim(ann, codes), 400, "expired_token");
      failed(await approve(ann, codes), 400, "expired_token");
      failed(await deny(ann, codes), 400, "expired_token");
      failed(await poll(t, codes), 400, "expired_token");
      failed(await poll(t, codes), 400, "invalid_grant");
    },
  },
  {
    number: "V5",
    name: "wrong fields are refused",
    profile: "device",
    run: async (t) => {
      const ann = await t.member();
      for (const json of [{}, { client_id: 5 }, { client_id: "" }, { client_id: "x", scope: 5 }]) {
        const answer = await t.ask("POST", "device/code", { json, note: JSON.stringify(json) });
        assert.equal(answer.status, 400, answer.text);
      }
      const form = { client_id: CLIENT, scope: "" };
      accepted(await t.ask("POST", "device/code", { form, note: "a form" }));
      const twice = "client_id=a&client_id=b";
      const type = "application/x-www-form-urlencoded";
      await t.ask("POST", "device/code", { text: twice, type, note: "twice" });
      for (const json of [{}, { grant_type: "password", device_code: "x", client_id: "x" }]) {
        await t.ask("POST", "device/token", { json, note: JSON.stringify(json) });
      }
      const urlencoded = { grant_type: GRANT, device_code: "x", client_id: "x" };
      await t.ask("POST", "device/token", { form: urlencoded, note: "a form" });
      for (const route of ["approve", "deny"]) {
        for (const json of [{}, { userCode: 5 }]) {
          const answer = await ann.ask("POST", `device/${route}`, { json, note: JSON.stringify(json) });
          refused(answer, 400, "VALIDATION_ERROR");
        }
      }
      refused(await ann.ask("GET", "device"), 400, "VALIDATION_ERROR");
    },
  },
  {
    number: "V6",
    name: "lengths, times and the page are settings",
    profile: "deviceOptions",
    run: async (t) => {
      const codes = await begin(t);
      assert.deepEqual([codes.user_code.length, codes.device_code.length], [12, 50]);
      assert.deepEqual([codes.expires_in, codes.interval], [600, 120]);
      assert.equal(codes.verification_uri, `${t.origin}/connect`);
      failed(await poll(t, codes), 400, "authorization_pending");
      await t.advance(60);
      failed(await poll(t, codes), 400, "slow_down");
      await t.advance(60);
      failed(await poll(t, codes), 400, "authorization_pending");
      await t.advance(600);
      failed(await poll(t, codes), 400, "expired_token");
    },
  },
  {
    number: "V7",
    name: "of parallel polls one gets the session",
    profile: "device",
    run: async (t) => {
      const codes = await begin(t);
      const ann = await t.member();
      accepted(await claim(ann, codes));
      accepted(await approve(ann, codes));
      const json = { grant_type: GRANT, device_code: codes.device_code, client_id: CLIENT };
      const use = () => t.unrecorded("POST", "device/token", { json });
      const answers = await Promise.all(Array.from({ length: 20 }, use));
      t.keep("who got in", answers.filter(({ status }) => status === 200).length);
    },
  },
];
