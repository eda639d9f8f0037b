export interface StatusOptions {
  readonly name: string;
  readonly output: 'text' | 'json';
}
