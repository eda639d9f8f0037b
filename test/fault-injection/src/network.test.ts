import { faultSuite } from './suite.ts';

faultSuite('networks that fail', [
  'partition-leader',
  'partition-follower',
  'partition-all',
  'deaf-leader',
  'mute-leader',
  'deaf-follower',
  'broken-ring',
  'flapping',
  'packet-loss',
  'slow-link',
  'delay',
]);
