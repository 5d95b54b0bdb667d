#!/usr/bin/env node
/** `npm run sim`, `npx tranche-sim`: set-up, then the simulated exchange alone in this very process. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, setUp } from './setup.mjs';

await setUp();
const settings = join(ROOT, '.env');
if (existsSync(settings)) process.loadEnvFile(settings); // the environment itself wins
process.setSourceMapsEnabled(true);
await import(pathToFileURL(join(ROOT, 'dist/apps/sim-venue/src/alone.js')).href);
