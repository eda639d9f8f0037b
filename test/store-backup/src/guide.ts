/** A block of shell commands as the guide shows it, and what it says that they print. */
export interface GuideStep {
  readonly section: string;
  readonly line: number;
  readonly commands: string;
  readonly prints: string | undefined;
}

/** The blocks fenced as `sh`, in order. A block fenced as `text` right behind one is what that prints. */
export function stepsOf(markdown: string): readonly GuideStep[] {
  const steps: { section: string; line: number; commands: string; prints: string | undefined }[] = [];
  let section = '';
  let fence: { readonly kind: string; readonly line: number; readonly text: string[] } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (fence) {
      if (line !== '```') {
        fence.text.push(line);
        continue;
      }
      const text = fence.text.join('\n');
      const last = steps.at(-1);
      if (fence.kind === 'sh') steps.push({ section, line: fence.line, commands: text, prints: undefined });
      else if (fence.kind === 'text' && last && last.prints === undefined) last.prints = text;
      else throw new Error(`line ${fence.line}: a block of the kind "${fence.kind}" that no test follows`);
      fence = undefined;
    } else if (line.startsWith('```')) fence = { kind: line.slice(3), line: index + 1, text: [] };
    else if (line.startsWith('## ')) section = line.slice(3);
  }
  return steps;
}

/** What is another at each run: times, hashes, numbers, who leads, how columns are aligned, and where the clusters' data lies. */
export function masked(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.-]+Z/g, 'TIME')
    .replaceAll(/\b[0-9a-f]{6,8}\b(?= +\d)/g, 'HASH')
    .replaceAll(/\b[0-9a-f]{10,16}\b/g, 'N')
    .replaceAll(/(~|\/\S*)\/\.trireme/g, 'HOME')
    .replaceAll(/(DIRECTORY|\/tmp\/tmp\.\w+)/g, 'DIRECTORY')
    .replaceAll(/\d+(\.\d+)?( (B|kB|KiB|MiB))?\b/g, 'N')
    .replaceAll(/ +/g, ' ')
    .replaceAll(/-{3,}/g, '---')
    .replaceAll(/\| (true|false) (?=\|)/g, '| BOOL ')
    .trim();
}
