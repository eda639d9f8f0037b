import { faultSuite } from './suite.ts';

faultSuite('members that come anew, or with damage', [
  'replace-follower',
  'replace-leader',
  'damaged-log',
  'damaged-table',
]);
