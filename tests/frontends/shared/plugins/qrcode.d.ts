// The part of the package `qrcode` that is used here.
declare module "qrcode" {
  interface Modules {
    size: number;
    /** Row by row, 1 for a dark module. */
    data: ArrayLike<number>;
  }
  export function create(text: string, options?: { errorCorrectionLevel?: "L" | "M" | "Q" | "H" }): { modules: Modules };
}
