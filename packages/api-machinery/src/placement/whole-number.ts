/** The number that a label or taint says; undefined where it says none. Only whole numbers are compared. */
export function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
}
