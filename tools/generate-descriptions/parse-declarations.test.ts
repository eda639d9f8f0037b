import { expect, test } from 'vitest';
import { parseDeclarations } from './parse-declarations.ts';

test('takes the comments of types and their fields', () => {
  const text = `import { X } from "./x";
/**
 * A thing.
 *
 * In two parts: *\\/
 */
export interface Thing {
    /** Its name. */
    name: string;
    plain?: X;
    /**
     * Lines:
     *   indented
     */
    lines?: Array<string>;
}
/** An alias. */
export declare type Alias = string;
`;
  expect(parseDeclarations(text)).toEqual({
    Thing: { '': 'A thing.\n\nIn two parts: */', name: 'Its name.', lines: 'Lines:\n  indented' },
    Alias: { '': 'An alias.' },
  });
});
