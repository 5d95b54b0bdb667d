import { parse } from 'lossless-json';
import { jsonText, type JsonValue } from '#order-intake';

/** What a multi order only shows again; decimals as strings. */
export interface MultiEcho {
  readonly strategy_params: Readonly<Record<string, JsonValue>>;
  readonly notes: string;
  readonly engine_passiveness: string;
  readonly schedule_discretion: string;
  readonly alpha_tilt: string;
  readonly pov_limit: string | null;
}

export function writeMultiEcho(echo: MultiEcho): string {
  return jsonText(echo);
}

/** Our own text, written by {@link writeMultiEcho}. */
export function readMultiEcho(text: string): MultiEcho {
  return parse(text) as MultiEcho;
}
