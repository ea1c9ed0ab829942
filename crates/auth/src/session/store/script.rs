//! What changes a session and its user's list at once. No sign-in and no end gets
//! lost, however many machines change the list.

use std::sync::LazyLock;

/// Reads and writes lists: JSON, `[{"token", "expiresAt"}]` by end, in milliseconds.
const LIST: &str = r#"
local function read(key)
  local ok, list = pcall(cjson.decode, redis.call('GET', key) or '[]')
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
local function write(key, entries, now, without)
  local kept, texts = {}, {}
  for _, entry in ipairs(entries) do
    if entry.expiresAt > now and entry.token ~= without then kept[#kept + 1] = entry end
  end
  table.sort(kept, function(a, b) return a.expiresAt < b.expiresAt end)
  local seconds = #kept > 0 and math.floor((kept[#kept].expiresAt - now) / 1000) or 0
  if seconds < 1 then return redis.call('DEL', key) end
  for i, entry in ipairs(kept) do
    local token = cjson.encode(entry.token)
    texts[i] = string.format('{"token":%s,"expiresAt":%.0f}', token, entry.expiresAt)
  end
  redis.call('SET', key, '[' .. table.concat(texts, ',') .. ']', 'EX', seconds)
end
local function add(key, token, expires_at, now)
  local entries = {}
  for _, entry in ipairs(read(key)) do
    if entry.token ~= token then entries[#entries + 1] = entry end
  end
  entries[#entries + 1] = { token = token, expiresAt = tonumber(expires_at) }
  write(key, entries, tonumber(now))
end
"#;

fn with_list(script: &str) -> String {
    format!("{LIST}{script}")
}

/// Keeps a session: `KEYS` session, list; `ARGV` JSON, seconds, token, its end, now.
pub(super) static INSERT: LazyLock<String> = LazyLock::new(|| {
    with_list(
        "
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
add(KEYS[2], ARGV[3], ARGV[4], ARGV[5])
",
    )
});

/// Replaces a session, if it is as it was: as [`INSERT`], with the JSON before as the
/// last of `ARGV`. Whether it was.
pub(super) static EXTEND: LazyLock<String> = LazyLock::new(|| {
    with_list(
        "
if redis.call('GET', KEYS[1]) ~= ARGV[6] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
add(KEYS[2], ARGV[3], ARGV[4], ARGV[5])
return 1
",
    )
});

/// Ends a session, if it is the user's: `KEYS` session, list; `ARGV` token, user, now.
pub(super) static DELETE: LazyLock<String> = LazyLock::new(|| {
    with_list(
        "
local ok, kept = pcall(cjson.decode, redis.call('GET', KEYS[1]) or 'null')
if ok and type(kept) == 'table' and type(kept.session) == 'table'
  and kept.session.userId == ARGV[2] then
  redis.call('DEL', KEYS[1])
end
write(KEYS[2], read(KEYS[2]), tonumber(ARGV[3]), ARGV[1])
",
    )
});

/// Ends all sessions of a list but one: `KEYS` list; `ARGV` what keys begin with, the
/// token to keep or nothing, now.
pub(super) static DELETE_ALL: LazyLock<String> = LazyLock::new(|| {
    with_list(
        "
local kept = {}
for _, entry in ipairs(read(KEYS[1])) do
  if entry.token == ARGV[2] then
    kept[#kept + 1] = entry
  else
    redis.call('DEL', ARGV[1] .. entry.token)
  end
end
write(KEYS[1], kept, tonumber(ARGV[3]))
",
    )
});

/// Replaces a session until the same end, if it is as it was: `KEYS` session; `ARGV`
/// JSON, the JSON before. Whether it was.
pub(super) const REPLACE: &str = "
if redis.call('GET', KEYS[1]) ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'KEEPTTL')
return 1
";
