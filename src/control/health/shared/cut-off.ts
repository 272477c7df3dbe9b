/**
 * Whether what an edge sees may be told to others. Of the backends it had to do with lately, so many may
 * be out: beyond it is likelier that the edge is cut off than that they are all down, and with only one
 * there is nothing to tell the two apart by.
 */
export function mayTell(lately: { readonly tried: number; readonly out: number }, share: number) {
  return lately.tried > 1 && lately.out <= lately.tried * share;
}
