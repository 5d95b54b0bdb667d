import type { Decimal } from '../numeric/decimal.js';

export type ValueType = 'number' | 'time' | 'boolean';

/** A mid price that a condition asks for. */
export interface PriceTerm {
  /** As entered. */
  readonly pair: string;
  /** As entered; it means the same whatever the case. */
  readonly exchange: string;
  /** Where it stands first in the text. */
  readonly position: number;
}

export const BUILT_INS = [':qty', ':current_target', ':filled'] as const;
export type BuiltIn = (typeof BUILT_INS)[number];

export type Operator =
  '+' | '-' | '*' | '/' | '%' | '**' | '>=' | '<=' | '<' | '>' | '==' | '!=' | 'AND' | 'OR' | 'max' | 'min';

/** One step of the stack machine that a condition is. Booleans are 1 and 0, times are seconds since 1970 UTC. */
export type Step =
  | { readonly do: 'push'; readonly value: Decimal }
  | { readonly do: 'now' }
  | { readonly do: 'price'; readonly index: number }
  | { readonly do: 'built_in'; readonly name: BuiltIn }
  | { readonly do: 'read'; readonly name: string }
  | { readonly do: 'assign'; readonly name: string; readonly once: boolean }
  | { readonly do: 'drop' }
  | { readonly do: 'operate'; readonly operator: Operator };

/** A condition that was checked: its types agree and its last value is true or false. */
export interface Condition {
  readonly postfix: string;
  /** All different, in the order of the text. */
  readonly prices: readonly PriceTerm[];
  /** Its own variables, without their colons, with what they hold; in the order of the text. */
  readonly variables: ReadonlyMap<string, ValueType>;
  readonly steps: readonly Step[];
}
