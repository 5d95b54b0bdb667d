/** The real ones, also where a test holds the time of what it tests. */
const { setTimeout } = globalThis;
const now = performance.now.bind(performance);

/**
 * Waits until `condition` holds. How long that may take bounds what hangs, not what is slow.
 * @throws Error with `what` after `timeoutMs`
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  {
    timeoutMs = 60_000,
    everyMs = 5,
    what = String(condition),
  }: { timeoutMs?: number; everyMs?: number; what?: string } = {},
): Promise<void> {
  const end = now() + timeoutMs;
  while (!(await condition())) {
    if (now() > end) throw new Error(`Not true after ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
