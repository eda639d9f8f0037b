/**
 * Staged progress on standard error: a line per stage with its time. On a terminal the running stage is shown and
 * overwritten; elsewhere each line is printed once, when its stage is done.
 */
export interface Progress {
  stage<T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>;
  line(text: string): void;
}

const clearLine = '\r\u001b[2K';

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const live = stream.isTTY === true && process.env.TERM !== 'dumb';
  return {
    line(text) {
      stream.write(`${text}\n`);
    },
    async stage(title, work) {
      const startedMs = performance.now();
      let note = '';
      const elapsed = (): string => `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
      const draw = (): void => {
        if (live) stream.write(`${clearLine}  … ${title}${note ? ` (${note})` : ''} ${elapsed()}`);
      };
      draw();
      const ticking = live ? setInterval(draw, 200) : undefined;
      try {
        const result = await work((text) => {
          note = text;
          draw();
        });
        stream.write(
          `${live ? clearLine : ''}  ✓ ${title.padEnd(46)} ${elapsed().padStart(8)}${note ? `  ${note}` : ''}\n`,
        );
        return result;
      } catch (error) {
        stream.write(
          `${live ? clearLine : ''}  ✗ ${title.padEnd(46)} ${elapsed().padStart(8)}${note ? `  ${note}` : ''}\n`,
        );
        throw error;
      } finally {
        clearInterval(ticking);
      }
    },
  };
}
