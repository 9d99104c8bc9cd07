// Runs all clients, or those that are named, against one Baton each.

import { close } from './lib/report.mjs';
import { refer, start } from './lib/baton.mjs';

const ALL = ['fhirclient', 'https', 'openid-client', 'medplum', 'fhir-kit-client', 'python', 'inferno', 'negative'];
const named = process.argv.slice(2);

for (const name of named.length > 0 ? named : ALL) {
  const { run } = await import(`./clients/${name}.mjs`);
  const world = await start();
  try {
    world.patient = await refer(world, 1);
    await run(world);
  } finally {
    await world.stop();
  }
}
process.exit(close());
