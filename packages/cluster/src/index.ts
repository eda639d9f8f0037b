/** A whole control plane from code, and the parts that its members are composed of. */
export {
  type ControlLoops,
  type ControlLoopsDeps,
  type ControlLoopsOptions,
  createControlLoops,
} from './control-loops.ts';
