// What cookies do, regardless of how a server sets them.

/** Compares JSON regardless of the order of keys. */
export const unordered = (text) => text.split(/[,{}]/).sort().join();

/** Bookplate's cookies without that of a known device, set after a correct password. */
export const withoutDevice = (cookies) =>
  cookies
    .split("\n")
    .filter(
      (line) =>
        !/\.known_device=<device>(; Max-Age=31536000)?(; Domain=[^;]+)?; Path=\/; HttpOnly/.test(
          line,
        ),
    )
    .join("\n");

/** The cookies of a browser after these headers: the last one of each name. */
export function effect(cookies) {
  const last = new Map(cookies.split("\n").map((line) => [line.split("=")[0], unordered(line)]));
  return JSON.stringify([...last].sort());
}

/** Removes headers that delete a cookie of another domain or format before the own one is set. */
export const withoutOtherScopes = (cookies) => {
  const lines = cookies.split("\n");
  const bare = (line) => line.split("=")[0].replace(/^__Secure-/, "");
  return lines
    .filter((line, at) => {
      const isOwn = lines.findLastIndex((other) => bare(other) === bare(line)) === at;
      return isOwn || !/=; Max-Age=0; /.test(line);
    })
    .join("\n");
};
