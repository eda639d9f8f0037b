import { faultSuite } from './suite.ts';

faultSuite('processes that die, or stand still', [
  'kill-leader',
  'kill-follower',
  'kill-all',
  'pause-leader',
  'pause-follower',
  'move-leader',
]);
