import { diskBugs } from './disk.ts';
import { electionBugs } from './elections.ts';
import { leaseBugs } from './leases.ts';
import type { PlantedBug } from './plant.ts';
import { readBugs } from './reads.ts';
import { replicationBugs } from './replication.ts';
import { stateBugs } from './state.ts';

/** Every mistake that the simulation must find. */
export const plantedBugs: readonly PlantedBug[] = [
  ...electionBugs,
  ...replicationBugs,
  ...diskBugs,
  ...stateBugs,
  ...readBugs,
  ...leaseBugs,
];
