/** Cookies by name, as a browser stores them. */
export class Jar {
  cookies = new Map();

  take(lines) {
    for (const line of lines) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (/; Max-Age=0(;|$)/.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }

  get header() {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** The full name of a stored cookie, which depends on the settings. */
  name(suffix) {
    return [...this.cookies.keys()].find((name) => name.endsWith(`.${suffix}`));
  }

  get(suffix) {
    return this.cookies.get(this.name(suffix));
  }

  set(suffix, value) {
    this.cookies.set(this.name(suffix), value);
  }

  delete(suffix) {
    this.cookies.delete(this.name(suffix));
  }

  /** Whether only Bookplate's cookie of a known device is stored. */
  get holdsNoSession() {
    return [...this.cookies.keys()].every((name) => name.endsWith(".known_device"));
  }

  copy() {
    const copy = new Jar();
    copy.cookies = new Map(this.cookies);
    return copy;
  }
}
