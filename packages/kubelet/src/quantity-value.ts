const scales: Readonly<Record<string, number>> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A quantity as a number; 0 for one that is not well formed, which the API does not let through. */
function quantityNumber(quantity: string): number {
  const match = /^([+-]?[0-9.]+)(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(quantity);
  if (!match) return 0;
  const [, digits = '0', exponent, suffix = ''] = match;
  return Number(digits) * (exponent === undefined ? (scales[suffix] ?? 0) : 10 ** Number(exponent));
}

// Multiplying by a decimal scale leaves a binary residue, which must not round a whole number up.
const roundUp = (value: number): number => Math.ceil(Number(value.toPrecision(15)));

/** '0.5' and '500m' -> 500 */
export function cpuMillis(quantity: string | number | undefined): number {
  return quantity === undefined ? 0 : roundUp(quantityNumber(String(quantity)) * 1000);
}

/** '1Ki' -> 1024; also for counts, such as pods. */
export function wholeUnits(quantity: string | number | undefined): number {
  return quantity === undefined ? 0 : roundUp(quantityNumber(String(quantity)));
}

/** In the unit that is counted for this resource: thousandths for cpu, whole units for all others. */
export function resourceUnits(resource: string, quantity: string | number | undefined): number {
  return resource === 'cpu' ? cpuMillis(quantity) : wholeUnits(quantity);
}
