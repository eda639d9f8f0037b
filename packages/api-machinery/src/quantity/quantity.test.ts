import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalQuantity, formatQuantity, roundQuantity } from './format-quantity.ts';
import { parseQuantity, tryParseQuantity } from './parse-quantity.ts';
import {
  addQuantities,
  compareQuantities,
  quantityAsNumber,
  quantityMilliValue,
  quantityOf,
  quantityValue,
  subtractQuantities,
} from './quantity.ts';
import {
  addResources,
  exceedingResources,
  formatResources,
  maxResources,
  parseResources,
  resourceCount,
  subtractResources,
} from './resource-list.ts';

describe('canonical text', () => {
  const table = [
    ['0', '0'],
    ['0Ki', '0'],
    ['-0', '0'],
    ['1', '1'],
    ['+1', '+1'],
    ['007', '007'],
    ['1.500', '1.500'],
    ['2.000', '2'],
    ['001.00', '1'],
    ['-', '0'],
    ['.', '0'],
    ['.5', '500m'],
    ['0.5', '500m'],
    ['1.', '1.'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1.5', '1500m'],
    ['100u', '100u'],
    ['0.0001', '100u'],
    ['1n', '1n'],
    ['0.1n', '1n'],
    ['-0.1n', '-1n'],
    ['1.1n', '2n'],
    ['1000', '1k'],
    ['1k', '1k'],
    ['1024', '1024'],
    ['1000000', '1M'],
    ['1Ki', '1Ki'],
    ['1024Ki', '1Mi'],
    ['0.5Gi', '512Mi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Ki', '512'],
    ['0.9765625Ki', '1k'],
    ['0.1Ki', '102400m'],
    ['1023Ki', '1023Ki'],
    ['0.00001Ki', '10240u'],
    ['1Ei', '1Ei'],
    ['-1Ki', '-1Ki'],
    ['1e3', '1e3'],
    ['1E3', '1E3'],
    ['12e6', '12e6'],
    ['100e1', '1e3'],
    ['1e-3', '1e-3'],
    ['1e0', '1e0'],
    ['9223372036854775807', '9223372036854775807'],
    ['9223372036854775808', '9223372036854775808'],
    ['9Ei', '9223372036854775807'],
    ['-9Ei', '-9223372036854775807'],
    ['10E', '10E'],
  ] as const;
  test.each(table)('%s -> %s', (text, expected) => {
    expect(canonicalQuantity(text)).toBe(expected);
    expect(canonicalQuantity(expected)).toBe(expected);
  });
});

describe('refused', () => {
  const form = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  const suffix = "unable to parse quantity's suffix";
  const table = [
    ['', form],
    ['x', form],
    ['1.1.M', form],
    ['1 Ki', form],
    ['0.1am', form],
    ['1+1.0M', form],
    ['0.1mi', suffix],
    ['1i', suffix],
    ['1e', suffix],
    ['-3.01e-', suffix],
    ['1KI', form],
  ] as const;
  test.each(table)('%j', (text, message) => {
    expect(() => parseQuantity(text)).toThrow(message);
    expect(tryParseQuantity(text)).toBeUndefined();
  });
});

test('values round away from zero', () => {
  const table = [
    ['1.1', 2, 1100],
    ['-1.1', -2, -1100],
    ['1n', 1, 1],
    ['64Mi', 67108864, 67108864000],
    ['250m', 1, 250],
  ] as const;
  for (const [text, value, milli] of table) {
    expect(quantityValue(parseQuantity(text))).toBe(value);
    expect(quantityMilliValue(parseQuantity(text))).toBe(milli);
  }
  expect(quantityAsNumber(parseQuantity('1500m'))).toBe(1.5);
  expect(formatQuantity(roundQuantity(parseQuantity('1.0001'), -3))).toBe('1001m');
});

/** The dumb twin: an amount as a fraction, from the definition of the notation. */
const scales: readonly (readonly [string, bigint, bigint])[] = [
  ['n', 1n, 10n ** 9n],
  ['u', 1n, 10n ** 6n],
  ['m', 1n, 1000n],
  ['', 1n, 1n],
  ['k', 1000n, 1n],
  ['M', 10n ** 6n, 1n],
  ['Ki', 1024n, 1n],
  ['Mi', 1n << 20n, 1n],
  ['Gi', 1n << 30n, 1n],
  ['e2', 100n, 1n],
  ['E-2', 1n, 100n],
];
const written = fc.record({
  whole: fc.bigInt(0n, 10n ** 8n),
  fraction: fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 6 }),
  negative: fc.boolean(),
  scale: fc.constantFrom(...scales),
});
type Written = typeof written extends fc.Arbitrary<infer T> ? T : never;

const textOf = ({ whole, fraction, negative, scale }: Written): string =>
  `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}${scale[0]}`;

function modelNanos({ whole, fraction, negative, scale }: Written): bigint {
  const numerator = BigInt(`${whole}${fraction}`) * scale[1] * 10n ** 9n;
  const denominator = scale[2] * 10n ** BigInt(fraction.length);
  const magnitude = (numerator + denominator - 1n) / denominator;
  return negative ? -magnitude : magnitude;
}

describe('against a model of fractions', () => {
  test('parsing rounds up to the next nano', () => {
    fc.assert(
      fc.property(written, (w) => {
        expect(parseQuantity(textOf(w)).nanos).toBe(modelNanos(w));
      }),
    );
  });

  test('the canonical text has the same amount, and is its own canonical text', () => {
    fc.assert(
      fc.property(written, (w) => {
        const quantity = parseQuantity(textOf(w));
        const text = formatQuantity(quantity);
        expect(parseQuantity(text).nanos).toBe(quantity.nanos);
        expect(canonicalQuantity(text)).toBe(text);
      }),
    );
  });

  test('sums, differences and order are those of fractions', () => {
    fc.assert(
      fc.property(written, written, (a, b) => {
        const [x, y] = [parseQuantity(textOf(a)), parseQuantity(textOf(b))];
        expect(addQuantities(x, y).nanos).toBe(modelNanos(a) + modelNanos(b));
        expect(subtractQuantities(x, y).nanos).toBe(modelNanos(a) - modelNanos(b));
        expect(Math.sign(compareQuantities(x, y))).toBe(
          Number(modelNanos(a) > modelNanos(b)) - Number(modelNanos(a) < modelNanos(b)),
        );
      }),
    );
  });
});

test('a sum keeps the first format, a zero takes the other', () => {
  expect(formatQuantity(addQuantities(parseQuantity('1Gi'), parseQuantity('1024')))).toBe('1048577Ki');
  expect(formatQuantity(addQuantities(quantityOf(0), parseQuantity('1Gi')))).toBe('1Gi');
});

test('resource lists', () => {
  const a = parseResources({ cpu: '500m', memory: '64Mi' });
  const b = parseResources({ cpu: '1', pods: '3' });
  expect(formatResources(addResources(a, b))).toEqual({ cpu: '1500m', memory: '64Mi', pods: '3' });
  expect(formatResources(subtractResources(a, b))).toEqual({ cpu: '-500m', memory: '64Mi', pods: '-3' });
  expect(formatResources(maxResources(a, b))).toEqual({ cpu: '1', memory: '64Mi', pods: '3' });
  expect(exceedingResources(b, a)).toEqual(['cpu', 'pods']);
  expect([resourceCount(a, 'cpu'), resourceCount(a, 'memory'), resourceCount(a, 'pods')]).toEqual([500, 67108864, 0]);
});
