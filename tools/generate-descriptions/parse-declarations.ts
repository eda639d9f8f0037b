/** Descriptions of one module's types: by type name, then by field; '' is the type itself. */
export type Descriptions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Reads the doc comments of interfaces and type aliases out of declaration text. The text is generated and regular, so
 * lines are enough: a comment, then what it is about.
 */
export function parseDeclarations(text: string): Descriptions {
  const types: Record<string, Record<string, string>> = {};
  let current: Record<string, string> | undefined;
  let comment: string[] | undefined;
  let pending: string | undefined;
  for (const line of text.split('\n')) {
    if (comment) {
      const end = line.includes('*/');
      comment.push(line);
      if (end) {
        pending = commentText(comment.join('\n'));
        comment = undefined;
      }
      continue;
    }
    if (/^\s*\/\*\*/.test(line)) {
      if (line.includes('*/')) pending = commentText(line);
      else comment = [line];
      continue;
    }
    const declared = /^export (?:declare )?(?:interface|type) (\w+)/.exec(line)?.[1];
    const field = /^\s+(?:readonly )?["']?([\w$-]+)["']?\??: /.exec(line)?.[1];
    if (declared !== undefined) {
      const fields: Record<string, string> = pending === undefined ? {} : { '': pending };
      types[declared] = fields;
      current = line.trimEnd().endsWith('{') ? fields : undefined;
    } else if (field !== undefined && current && pending !== undefined) {
      current[field] = pending;
    } else if (line.startsWith('}')) {
      current = undefined;
    }
    pending = undefined;
  }
  return types;
}

/** The words of a comment, without its stars. A declaration file writes the end of a comment within one as `*\/`. */
function commentText(comment: string): string {
  return comment
    .replace(/^\s*\/\*\*/, '')
    .replace(/\*\/\s*$/, '')
    .replaceAll(/^\s*\* ?/gm, '')
    .replaceAll('*\\/', '*/')
    .trim();
}
