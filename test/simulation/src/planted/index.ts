import type { PlantedBug } from './plant.ts';

export const plantedBugs: readonly PlantedBug[] = [];
