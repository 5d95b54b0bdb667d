import type { Budget, Reservation } from '#venues';

/**
 * The right to ask a venue for its time. A known budget grants it as it grants any look. The emergency share pays where
 * counts are lost, and where a look that an account waits for finds the budget used up; of a small limit it rounds to
 * nothing for one of several processes, so that it must never be the only way.
 * @param isAwaited an account cannot go on without it
 * @param onLost told when counts are lost
 */
export async function reserveTime(
  budget: Pick<Budget, 'reserve'>,
  call: string,
  isAwaited: boolean,
  onLost: () => void = () => undefined,
): Promise<Reservation> {
  const asked = await budget.reserve(call, {}, 'query');
  if (asked.granted) return asked;
  if (asked.cold.length > 0) onLost();
  return isAwaited || asked.cold.length > 0 ? budget.reserve(call, {}, 'probe') : asked;
}
