/** What a client may say (order-api.md 4.12). */
export type Command =
  | { readonly name: 'subscribe'; /** Null: from now on. */ readonly since: number | null }
  | { readonly name: 'unsubscribe' }
  | { readonly name: 'keep_alive' };

/** Null for anything that is no command. Fields that nobody knows are ignored; null is absent. */
export function readCommand(text: string): Command | null {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof said !== 'object' || said === null) return null;
  const { command, data_type: dataType, since } = said as Record<string, unknown>;
  if (command === 'keep_alive') return { name: 'keep_alive' };
  if (dataType !== 'user_orders') return null;
  if (command === 'unsubscribe') return { name: 'unsubscribe' };
  if (command !== 'subscribe') return null;
  if (since === undefined || since === null) return { name: 'subscribe', since: null };
  return typeof since === 'number' && Number.isSafeInteger(since) && since >= 0 ? { name: 'subscribe', since } : null;
}
