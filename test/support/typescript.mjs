import { register } from 'node:module';

/** `node --import ./test/support/typescript.mjs file.ts` runs the sources without a build, for processes of the tests. */
register('./typescript-hooks.mjs', import.meta.url);
