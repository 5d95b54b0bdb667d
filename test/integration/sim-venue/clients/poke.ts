import { until } from '../../../support/until.js';

/** What `wanted` brings, while `poke` makes something happen again and again until it is there. */
export async function poked<T>(wanted: Promise<T>, poke: () => Promise<unknown>): Promise<T> {
  let isThere = false;
  const settled = wanted.then(
    () => (isThere = true),
    () => (isThere = true),
  );
  await until(
    async () => {
      if (!isThere) await poke();
      return isThere;
    },
    { everyMs: 20, what: 'an event at the client' },
  );
  await settled;
  return wanted;
}
