import type { LogStream, Program, Step } from '../behaviour.ts';
import { type ShellToken, shellTokens } from './shell-words.ts';
import { type CommandContext, simpleCommand } from './simple-command.ts';

/**
 * The program that a container's command stands for, read by simple conventions: `sleep N`, `echo ...`, `true`, `false`,
 * `env`, `hostname`, and `sh -c` scripts of them with `exit N`, `;`, `&&`, `||` and `while true; do ...; done`.
 * Undefined for what it does not know; inside a script the unknown is taken for a server that runs on.
 */
export function commandProgram(command: readonly string[], context: CommandContext): Program | undefined {
  const words = command[0]?.endsWith('busybox') ? command.slice(1) : command;
  const shell = /(^|\/)(sh|bash|ash)$/.test(words[0] ?? '');
  const flag = words[1] ?? '';
  if (shell && /^-[a-z]*c$/.test(flag)) return scriptProgram(words[2] ?? '', context);
  if (shell) return undefined;
  const effect = simpleCommand(words, context, 'stdout');
  if (!effect) return undefined;
  return effect.exitCode === undefined ? effect.steps : [...effect.steps, { do: 'exit', code: effect.exitCode }];
}

interface ScriptState {
  readonly steps: Step[];
  readonly loops: number[];
  lastCode: number;
  /** Nothing after this is reached: the script has exited, or runs on. */
  ended: boolean;
}

function scriptProgram(script: string, context: CommandContext): Program {
  const state: ScriptState = { steps: [], loops: [], lastCode: 0, ended: false };
  let connector = ';';
  for (const { words, stream, discarded, next } of commandsOf(shellTokens(script, context.env))) {
    const skipped = (connector === '&&' && state.lastCode !== 0) || (connector === '||' && state.lastCode === 0);
    if (!skipped && !state.ended && words.length > 0) {
      runInScript(state, words, context, stream);
      if (discarded) dropLogsOfLast(state, words);
    }
    connector = next;
  }
  if (!state.ended) state.steps.push({ do: 'exit', code: state.lastCode });
  return state.steps;
}

function runInScript(state: ScriptState, words: readonly string[], context: CommandContext, stream: LogStream): void {
  const [name] = words;
  if (name === 'while' || name === 'until') {
    state.loops.push(state.steps.length);
    return;
  }
  if (name === 'do') {
    if (words.length > 1) runInScript(state, words.slice(1), context, stream);
    return;
  }
  if (name === 'done') {
    const from = state.loops.pop();
    if (from !== undefined) state.steps.push({ do: 'repeat', from });
    state.ended = true;
    return;
  }
  if (name === 'exit') {
    state.steps.push({ do: 'exit', code: words[1] === undefined ? state.lastCode : Number(words[1]) & 255 });
    state.ended = true;
    return;
  }
  const effect = simpleCommand(words, context, stream);
  state.steps.push(...(effect?.steps ?? []));
  if (effect?.exitCode === undefined) state.ended = true;
  else state.lastCode = effect.exitCode;
}

function dropLogsOfLast(state: ScriptState, words: readonly string[]): void {
  if (words[0] !== 'echo' && words[0] !== 'env' && words[0] !== 'hostname') return;
  while (state.steps.at(-1)?.do === 'log') state.steps.pop();
}

interface ScriptCommand {
  readonly words: readonly string[];
  readonly stream: LogStream;
  /** Its output goes to a file or into a pipe, so nobody sees it. */
  readonly discarded: boolean;
  readonly next: string;
}

function commandsOf(tokens: readonly ShellToken[]): readonly ScriptCommand[] {
  const commands: ScriptCommand[] = [];
  let words: string[] = [];
  let stream: LogStream = 'stdout';
  let discarded = false;
  let skipWord = false;
  const finish = (next: string): void => {
    commands.push({ words, stream, discarded, next });
    words = [];
    stream = 'stdout';
    discarded = false;
  };
  for (const token of tokens) {
    if (token.kind === 'word') {
      if (!skipWord) words.push(token.text);
      skipWord = false;
    } else if (token.text === '>&2') stream = 'stderr';
    else if (token.text === '2>&1') continue;
    else if (token.text === '>' || token.text === '>>' || token.text === '<') {
      discarded ||= token.text !== '<';
      skipWord = true;
    } else {
      discarded ||= token.text === '|';
      finish(token.text === '\n' || token.text === '&' ? ';' : token.text);
    }
  }
  finish(';');
  return commands;
}
