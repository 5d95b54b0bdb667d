import type { Algorithm } from '#domain';

/** A way to work an order as the order API names it (order-api.md 3.4). */
export interface StrategyName {
  readonly name: string;
  readonly id: string;
  readonly kind: 'trajectory' | 'simple';
  readonly algorithm: Algorithm;
}

export const STRATEGIES: readonly StrategyName[] = [
  { name: 'TWAP', id: '6fe4ba3e-c578-45bd-824c-c523bf3c56de', kind: 'trajectory', algorithm: 'twap' },
  { name: 'VWAP', id: '0a180c86-655b-4905-a1f9-4b983e82b8c0', kind: 'trajectory', algorithm: 'vwap' },
  { name: 'IS', id: '31da6725-0d2f-4310-b464-64a327dddfe9', kind: 'trajectory', algorithm: 'is' },
  { name: 'Target Time', id: 'c93ed400-de4a-4a8e-8aa6-517beb5a539d', kind: 'trajectory', algorithm: 'target_time' },
  { name: 'POV', id: 'b45086ca-0a9a-4bb0-9969-7b10458085f2', kind: 'trajectory', algorithm: 'pov' },
  { name: 'Limit', id: 'a6c83cfe-fe13-4cc8-96ab-c8cf9757a697', kind: 'simple', algorithm: 'limit' },
  { name: 'Market', id: 'eacf712d-c84f-46be-ac7c-f38a149e59ef', kind: 'simple', algorithm: 'market' },
  { name: 'IOC', id: '727b53be-17e6-431a-87ee-8d1a12df745d', kind: 'simple', algorithm: 'ioc' },
  { name: 'Iceberg', id: '8aadba13-895d-4433-8f4f-18a43249e374', kind: 'simple', algorithm: 'iceberg' },
];

/** A preset of VWAP that rests in the book; some parameters contradict it (order-api.md 3.5). */
export const MARKET_MAKER = 'Market Maker';

/** The `super_strategy` of orders without a preset. */
const STANDARD = 'Standard';

/** Names of ready-made settings, shown again as `super_strategy`. */
const PRESETS: Readonly<Record<string, string>> = {
  'Time Constant': 'TWAP',
  'Impact Minimization': 'VWAP',
  [MARKET_MAKER]: 'VWAP',
  'Target Participation Rate': 'POV',
};

export interface ChosenStrategy {
  readonly strategy: StrategyName;
  readonly superStrategy: string;
}

/** By name, UUID or preset; null when there is none such. */
export function findStrategy(text: string): ChosenStrategy | null {
  const preset = Object.hasOwn(PRESETS, text) ? PRESETS[text] : undefined;
  const name = preset ?? text;
  const strategy = STRATEGIES.find((s) => s.name === name || s.id === text.toLowerCase());
  return strategy === undefined ? null : { strategy, superStrategy: preset === undefined ? STANDARD : text };
}

/** What orders say as `super_strategy`, in any case; null when none says that. */
export function findSuperStrategy(text: string): string | null {
  return [STANDARD, ...Object.keys(PRESETS)].find((name) => name.toLowerCase() === text.toLowerCase()) ?? null;
}

/** The strategy that an order is worked by. @throws Error for an algorithm that the order API cannot name: a bug */
export function strategyOf(algorithm: Algorithm): StrategyName {
  const found = STRATEGIES.find((s) => s.algorithm === algorithm);
  if (found === undefined) throw new Error(`No strategy is worked as ${algorithm}`);
  return found;
}
