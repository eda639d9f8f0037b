import { describe } from 'vitest';
import { follow, hasPrograms, readGuide } from './follow-guide.ts';

const steps = readGuide('store-backup.md');
const aloneSection = 'A store alone, and etcd';
const compactedSection = 'Go back past a compaction';

const ofCluster = steps.filter(({ section }) => section !== aloneSection);
const compacts = hasPrograms(compactedSection, 'etcdctl', 'jq');

describe('the guide to backups of a cluster', () =>
  follow(ofCluster.filter(({ section }) => compacts || section !== compactedSection)));

describe.runIf(hasPrograms(aloneSection, 'etcdctl'))('the guide to backups of a store alone', () =>
  follow(steps.filter(({ section }) => section === aloneSection)),
);
