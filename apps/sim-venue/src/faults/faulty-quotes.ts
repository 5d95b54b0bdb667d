type Message = Readonly<Record<string, unknown>>;
type Row = readonly [string, string];

/** Whether a message tells bids and asks: best quotes, levels or changes of a book. */
export function isQuote(message: Message): boolean {
  if (Array.isArray(message['bids'])) return true;
  return 'u' in message && 'b' in message && 'a' in message;
}

/** Bid and ask change places. */
export function crossed(message: Message): Message {
  const swapped: Record<string, unknown> = { ...message };
  for (const [bid, ask] of PAIRS)
    if (bid in message) {
      swapped[bid] = message[ask];
      swapped[ask] = message[bid];
    }
  return swapped;
}

/** Every price is wrong by `bps` ten-thousandths of itself, with no more digits than it had. */
export function jumped(message: Message, bps: number): Message {
  const moved: Record<string, unknown> = { ...message };
  for (const name of ['b', 'a', 'bids', 'asks']) {
    const value = message[name];
    if (typeof value === 'string') moved[name] = movedPrice(value, bps);
    else if (Array.isArray(value)) moved[name] = (value as Row[]).map(([price, qty]) => [movedPrice(price, bps), qty]);
  }
  return moved;
}

const PAIRS: readonly (readonly [string, string])[] = [
  ['b', 'a'],
  ['B', 'A'],
  ['bids', 'asks'],
];

function movedPrice(text: string, bps: number): string {
  const [whole = '', fraction = ''] = text.split('.');
  const used = fraction.replace(/0+$/, '').length;
  // Rounded down to the last digit that the price used, so that it stays on the symbol's tick.
  const step = 10n ** BigInt(fraction.length - used);
  const digits = (((BigInt(whole + fraction) * BigInt(10_000 + bps)) / 10_000n / step) * step).toString();
  const padded = digits.padStart(fraction.length + 1, '0');
  return fraction === '' ? padded : `${padded.slice(0, -fraction.length)}.${padded.slice(-fraction.length)}`;
}
