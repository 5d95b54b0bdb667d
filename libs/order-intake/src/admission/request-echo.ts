import { parse } from 'lossless-json';
import type { JsonValue } from '../json/json-body.js';
import { jsonText } from '../json/json-text.js';

/** What an order only shows again and nothing decides on; kept as JSON beside the order, decimals as strings. */
export interface RequestEcho {
  /**
   * In the order of the order's account ids; a later rename does not change history. `id` is that of the account its
   * owner sees, where the order trades by a sub-account; orders of older versions have none.
   */
  readonly accounts: readonly { readonly id?: string; readonly name: string; readonly exchange: string }[];
  readonly super_strategy: string;
  readonly strategy_params: Readonly<Record<string, JsonValue>>;
  readonly notes: string;
  readonly engine_passiveness: string;
  readonly schedule_discretion: string;
  readonly alpha_tilt: string;
  readonly pov_limit: string | null;
  readonly pov_target: string | null;
  /** Absent from orders of older versions, which had none. */
  readonly is_reverse_limit_price?: boolean;
  readonly max_otc: string | null;
  readonly updated_leverage: string | null;
  readonly pos_side: string | null;
  readonly warnings: readonly string[];
}

export function writeEcho(echo: RequestEcho): string {
  return jsonText(echo);
}

/** Our own text, written by {@link writeEcho}; numbers within `strategy_params` keep their digits. */
export function readEcho(text: string): RequestEcho {
  return parse(text) as RequestEcho;
}
