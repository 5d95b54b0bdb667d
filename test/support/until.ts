/** Waits until `condition` holds; @throws Error with `what` after `timeoutMs` */
export async function until(
  condition: () => boolean | Promise<boolean>,
  {
    timeoutMs = 5_000,
    everyMs = 5,
    what = String(condition),
  }: { timeoutMs?: number; everyMs?: number; what?: string } = {},
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`Not true after ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
