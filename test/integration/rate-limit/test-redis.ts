/** The private Redis of this test run; `test/support/global-stores.ts` starts it. */
export function testRedisUrl(): string {
  const url = process.env['TRANCHE_TEST_REDIS_URL'];
  if (url === undefined) throw new Error('TRANCHE_TEST_REDIS_URL must be set by the global set-up, was unset');
  return url;
}
