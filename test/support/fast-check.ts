import fc from '../../node_modules/fast-check/lib/fast-check.js';

/**
 * Stands in for `fast-check` in every spec: properties draw the same values in every run, so that a run fails because
 * of what was changed and not by chance. TRANCHE_TEST_SEED, a whole number, makes a run draw other values.
 */
fc.configureGlobal({ seed: Number(process.env['TRANCHE_TEST_SEED'] ?? 20_261_121) });

export * from '../../node_modules/fast-check/lib/fast-check.js';
export default fc;
