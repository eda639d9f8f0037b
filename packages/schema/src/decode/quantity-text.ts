const form = /^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const numeric = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;
const suffix = /^(?:Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][-+]?\d+|)$/;

/** Undefined where the text is a quantity ('100m', '1.5Gi', '2e3'); else the error that Kubernetes gives. */
export function quantityTextError(text: string): string | undefined {
  const [, number, unit] = form.exec(text) ?? [];
  if (number === undefined || unit === undefined || !numeric.test(number)) {
    return "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  }
  return suffix.test(unit) ? undefined : "unable to parse quantity's suffix";
}
