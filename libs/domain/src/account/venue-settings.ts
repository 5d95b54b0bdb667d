export type MarginType = 'cross' | 'isolated';

/** What an account is meant to be set to at its venue; null where nothing is configured for a symbol. */
export interface ConfiguredSettings {
  /** False: one-way mode, the default. */
  readonly hedgeMode: boolean;
  readonly bySymbol: ReadonlyMap<string, { readonly leverage: string | null; readonly marginType: MarginType | null }>;
}

/** What it is set to; null where the venue has no such setting. */
export interface ActualSettings {
  readonly hedgeMode: boolean | null;
  readonly bySymbol: ReadonlyMap<string, { readonly leverage: string | null; readonly marginType: MarginType | null }>;
}

/**
 * The differences in words, found value first, or null. What nobody configured may be anything; what the venue does not
 * have (hedge mode of a spot account) cannot differ, and what it does not tell is a difference: it cannot be relied on.
 */
export function settingsDifference(configured: ConfiguredSettings, actual: ActualSettings): string | null {
  const found: string[] = [];
  if (actual.hedgeMode !== null && actual.hedgeMode !== configured.hedgeMode)
    found.push(`hedge mode is ${onOff(actual.hedgeMode)}, configured ${onOff(configured.hedgeMode)}`);
  for (const [symbol, wanted] of configured.bySymbol) {
    const is = actual.bySymbol.get(symbol);
    if (wanted.marginType !== null && is?.marginType !== wanted.marginType)
      found.push(`margin of ${symbol} is ${is?.marginType ?? 'not known'}, configured ${wanted.marginType}`);
    if (wanted.leverage !== null && is?.leverage !== wanted.leverage)
      found.push(`leverage of ${symbol} is ${is?.leverage ?? 'not known'}, configured ${wanted.leverage}`);
  }
  return found.length === 0 ? null : found.join('; ');
}

const onOff = (value: boolean): string => (value ? 'on' : 'off');
