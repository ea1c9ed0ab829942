//! Scripts that change a session and its user's list atomically, so that concurrent changes of
//! several machines are not lost.
//!
//! A script works only on lists up to the length that Bookplate makes. For a longer list, which
//! another server made, it returns nothing; then [`CUT`] moves the list aside, except its end, and
//! ends the moved sessions in chunks: between two chunks Redis serves other clients.

use std::sync::LazyLock;

/// Bytes of a moved list that one script processes.
const CHUNK: usize = 65_536;
/// The assumed maximum length of a list's entry in bytes; better-auth's have 73.
const ENTRY: usize = 256;

/// Reads and writes lists: JSON, `[{"token", "expiresAt"}]` by end, in milliseconds. `KEYS` ends
/// with the list and the list that was moved aside. `ARGV` begins with the prefix of keys, the
/// maximum number of sessions per user, and now. The `KEYS` of a script below come before these,
/// its `ARGV` after them.
const LIST: &str = r#"
local prefix, limit, now = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local list, aside = KEYS[#KEYS - 1], KEYS[#KEYS]
local function is_long()
  return redis.call('EXISTS', aside) == 1
    or redis.call('STRLEN', list) > {chunk} + limit * {entry}
end
local function entries_of(text)
  local ok, list = pcall(cjson.decode, text)
  local entries = {}
  if ok and type(list) == 'table' then
    for _, entry in ipairs(list) do
      if type(entry) == 'table' and type(entry.token) == 'string'
        and type(entry.expiresAt) == 'number' then
        entries[#entries + 1] = entry
      end
    end
  end
  return entries
end
local function read()
  return entries_of(redis.call('GET', list) or '[]')
end
-- Keeps sessions that have not expired. Ends excess sessions: those that would expire first, but
-- never the newest.
local function write(entries, newest)
  local kept, texts = {}, {}
  for index, entry in ipairs(entries) do
    entry.index = entry.token == newest and #entries + 1 or index
    if entry.expiresAt > now then kept[#kept + 1] = entry end
  end
  table.sort(kept, function(a, b)
    if a.expiresAt ~= b.expiresAt then return a.expiresAt < b.expiresAt end
    return a.index < b.index
  end)
  local excess = #kept - limit
  local last = 0
  for _, entry in ipairs(kept) do
    if excess > 0 and entry.token ~= newest then
      redis.call('UNLINK', prefix .. entry.token)
      excess = excess - 1
    else
      local token = cjson.encode(entry.token)
      texts[#texts + 1] = string.format('{"token":%s,"expiresAt":%.0f}', token, entry.expiresAt)
      last = entry.expiresAt
    end
  end
  local seconds = math.floor((last - now) / 1000)
  redis.call('DEL', list)
  if seconds < 1 then return end
  redis.call('SET', list, '[' .. table.concat(texts, ',') .. ']', 'EX', seconds)
end
local function without(entries, token)
  local others = {}
  for _, entry in ipairs(entries) do
    if entry.token ~= token then others[#others + 1] = entry end
  end
  return others
end
local function add(token, expires_at)
  local entries = without(read(), token)
  entries[#entries + 1] = { token = token, expiresAt = tonumber(expires_at) }
  write(entries, token)
end
"#;

fn on_list(script: &str) -> String {
    let script = format!("{LIST}{script}").replace("{chunk}", &CHUNK.to_string());
    script.replace("{entry}", &ENTRY.to_string())
}

/// Stores a session. `KEYS`: session. `ARGV`: token, its end, JSON, seconds.
pub(super) static INSERT: LazyLock<String> = LazyLock::new(|| {
    on_list(
        "
if is_long() then return false end
redis.call('SET', KEYS[1], ARGV[6], 'EX', ARGV[7])
add(ARGV[4], ARGV[5])
return 1
",
    )
});

/// Replaces a session, if its JSON is unchanged. As [`INSERT`], with the old JSON as the last of
/// `ARGV`. Returns whether it replaced.
pub(super) static EXTEND: LazyLock<String> = LazyLock::new(|| {
    on_list(
        "
if is_long() then return false end
if redis.call('GET', KEYS[1]) ~= ARGV[8] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[6], 'EX', ARGV[7])
add(ARGV[4], ARGV[5])
return 1
",
    )
});

/// Ends a session, if it belongs to the user. `KEYS`: session. `ARGV`: token, user. Returns its
/// JSON.
pub(super) static DELETE: LazyLock<String> = LazyLock::new(|| {
    on_list(
        "
if is_long() then return false end
local text, ended = redis.call('GET', KEYS[1]), {}
local ok, kept = pcall(cjson.decode, text or 'null')
if ok and type(kept) == 'table' and type(kept.session) == 'table'
  and kept.session.userId == ARGV[5] then
  redis.call('DEL', KEYS[1])
  ended[1] = text
end
write(without(read(), ARGV[4]))
return ended
",
    )
});

/// Ends all sessions of a list except one. `ARGV`: the token to keep or an empty text, the key of
/// the cutoff, and the seconds that it lives. Sets the cutoff if no session is kept. Returns the
/// JSON of the ended sessions.
pub(super) static DELETE_ALL: LazyLock<String> = LazyLock::new(|| {
    on_list(
        "
if is_long() then return false end
local kept, ended = {}, {}
for _, entry in ipairs(read()) do
  if entry.token == ARGV[4] then
    kept[1] = entry
  else
    ended[#ended + 1] = redis.call('GET', prefix .. entry.token) or nil
    redis.call('UNLINK', prefix .. entry.token)
  end
end
write(kept)
if ARGV[4] == '' then
  local before = tonumber(redis.call('GET', ARGV[5]) or '') or 0
  local text = string.format('%.0f', math.max(before, now))
  redis.call('SET', ARGV[5], text, 'EX', ARGV[6])
end
return ended
",
    )
});

/// Returns the tokens of a list. Removes expired and excess sessions from a list that has too
/// many.
pub(super) static TOKENS: LazyLock<String> = LazyLock::new(|| {
    on_list(
        "
if is_long() then return false end
local entries = read()
if #entries > limit then
  write(entries)
  entries = read()
end
local tokens = {}
for i, entry in ipairs(entries) do tokens[i] = entry.token end
return tokens
",
    )
});

/// Moves a long list aside, except its end, or ends a chunk of the moved sessions that are not in
/// the list. `KEYS`: the number of processed bytes.
pub(super) static CUT: LazyLock<String> = LazyLock::new(|| {
    on_list(
        "
if redis.call('EXISTS', aside) == 0 then
  local tail = redis.call('GETRANGE', list, -limit * {entry}, -1)
  local start = string.find(tail, '{', 1, true)
  redis.call('RENAME', list, aside)
  redis.call('SET', KEYS[1], 0, 'EX', 2592000)
  return write(entries_of('[' .. string.sub(tail, start or 1)))
end
local from = tonumber(redis.call('GET', KEYS[1]) or 0)
local text = redis.call('GETRANGE', aside, from, from + {chunk})
local stop, comma = string.match(text, '^.*()}%s*()[,%]]')
if not stop then return redis.call('UNLINK', aside, KEYS[1]) end
local open = string.sub(text, 1, 1) == '[' and '' or '['
local stays = {}
for _, entry in ipairs(read()) do stays[entry.token] = true end
for _, entry in ipairs(entries_of(open .. string.sub(text, 1, stop) .. ']')) do
  if not stays[entry.token] then redis.call('UNLINK', prefix .. entry.token) end
end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], from + comma, 'EX', 2592000)
",
    )
});

/// Replaces sessions and keeps their ends, each if its JSON is unchanged. `KEYS`: sessions.
/// `ARGV`: the new and the old JSON of each. Returns the indexes, from 0, of those that changed.
pub(super) const REPLACE: &str = "
local changed = {}
for i, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[2 * i] then
    local left = redis.call('PTTL', key)
    redis.call('DEL', key)
    if left > 0 then
      redis.call('SET', key, ARGV[2 * i - 1], 'PX', left)
    else
      redis.call('SET', key, ARGV[2 * i - 1])
    end
  else
    changed[#changed + 1] = i - 1
  end
end
return changed
";
