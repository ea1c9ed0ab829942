// A movable clock. It must be imported before better-auth, which would otherwise keep the real one.
const Real = Date;
let ahead = 0;

globalThis.Date = class Date extends Real {
  constructor(...parts) {
    if (parts.length === 0) super(Real.now() + ahead);
    else super(...parts);
  }

  static now() {
    return Real.now() + ahead;
  }
};

/** Moves the time of this process. */
export function advance(seconds) {
  ahead += seconds * 1000;
}
