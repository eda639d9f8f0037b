/**
 * Replaces `$(NAME)` by its value. A name that is not known stays as it is written, `$$(NAME)` stands for the text
 * `$(NAME)`, and any other `$` for itself.
 */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  let result = '';
  for (let at = 0; at < text.length; ) {
    const dollar = text.indexOf('$', at);
    if (dollar < 0 || dollar === text.length - 1) return result + text.slice(at);
    result += text.slice(at, dollar);
    const next = text.charAt(dollar + 1);
    if (next === '$') {
      result += '$';
      at = dollar + 2;
    } else if (next === '(') {
      const close = text.indexOf(')', dollar + 2);
      if (close < 0) {
        result += '$(';
        at = dollar + 2;
      } else {
        result += lookup(text.slice(dollar + 2, close)) ?? text.slice(dollar, close + 1);
        at = close + 1;
      }
    } else {
      result += `$${next}`;
      at = dollar + 2;
    }
  }
  return result;
}
