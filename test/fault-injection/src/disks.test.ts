import { faultSuite } from './suite.ts';

faultSuite('disks that are full', ['full-follower', 'full-leader', 'full-all', 'kill-on-full-disk']);
