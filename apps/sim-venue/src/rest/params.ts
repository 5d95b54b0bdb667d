import { Refusal } from '../floor/refusal.js';
import { parseUnits } from '../matching/scaled.js';

export type ParamKind = 'symbol' | 'text' | 'enum' | 'boolean' | 'clientId' | 'decimal' | 'integer' | 'json';

export interface ParamRule {
  readonly kind: ParamKind;
  readonly mandatory?: boolean;
}

export type ParamRules = Readonly<Record<string, ParamRule>>;

const LEGAL: Record<ParamKind, RegExp> = {
  symbol: /^[A-Z0-9-_.]{1,20}$/,
  text: /^[\s\S]{0,512}$/,
  enum: /^[A-Z_0-9]{1,40}$/i,
  boolean: /^(true|false)$/,
  clientId: /^[a-zA-Z0-9-_]{1,36}$/,
  decimal: /^([0-9]{1,20})(\.[0-9]{1,20})?$/,
  integer: /^[0-9]{1,20}$/,
  json: /^[\s\S]{0,8192}$/,
};

/** Request parameters by name, undecoded text kept apart for the signature. */
export type Params = ReadonlyMap<string, string>;

/**
 * Reads query string and body; a name in both counts once, as the query has it.
 *
 * @throws Refusal -1101 when one of them repeats a name, -1100 when percent-encoding is broken
 */
export function readParams(query: string, body: string): Map<string, string> {
  const params = parsePart(query);
  if (body !== '') for (const [name, value] of parsePart(body)) if (!params.has(name)) params.set(name, value);
  return params;
}

function parsePart(part: string): Map<string, string> {
  const params = new Map<string, string>();
  if (part === '') return params;
  for (const pair of part.split('&')) {
    if (pair === '') continue;
    const cut = pair.indexOf('=');
    const name = decode(cut === -1 ? pair : pair.slice(0, cut));
    if (params.has(name)) throw new Refusal(-1101, 'Duplicate values for a parameter detected.');
    params.set(name, cut === -1 ? '' : decode(pair.slice(cut + 1)));
  }
  return params;
}

function decode(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new Refusal(-1100, 'Illegal characters found in a parameter.');
  }
}

/** The same rules as every request is checked by them. */
interface ReadyRules {
  readonly mandatory: readonly string[];
  readonly legal: ReadonlyMap<string, RegExp>;
}

const READY = new WeakMap<ParamRules, ReadyRules>();

function readyRules(rules: ParamRules): ReadyRules {
  let ready = READY.get(rules);
  if (ready === undefined) {
    const entries = Object.entries(rules);
    ready = {
      mandatory: entries.filter(([, rule]) => rule.mandatory === true).map(([name]) => name),
      legal: new Map(entries.map(([name, { kind }]) => [name, LEGAL[kind]])),
    };
    READY.set(rules, ready);
  }
  return ready;
}

/**
 * @param rules always the same object for the same endpoint
 * @throws Refusal -1102 mandatory, -1104 unread, -1105 empty, -1100 malformed: in this order
 */
export function checkParams(params: Params, rules: ParamRules): void {
  const { mandatory, legal } = readyRules(rules);
  for (const name of mandatory) if ((params.get(name) ?? '') === '') throw missing(name);
  let read = 0;
  for (const name of params.keys()) if (legal.has(name)) read += 1;
  if (read < params.size)
    throw new Refusal(
      -1104,
      `Not all sent parameters were read; read '${read}' parameter(s) but was sent '${params.size}'.`,
    );
  for (const [name, value] of params) {
    const range = legal.get(name) as RegExp;
    if (value === '') throw new Refusal(-1105, `Parameter '${name}' was empty.`);
    if (!range.test(value))
      throw new Refusal(-1100, `Illegal characters found in parameter '${name}'; legal range is '${range.source}'.`);
  }
}

export const missing = (name: string): Refusal =>
  new Refusal(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);

/** @throws Refusal -1111 when it has digits below 10^-8 */
export function decimalParam(params: Params, name: string): bigint | undefined {
  const text = params.get(name);
  if (text === undefined) return undefined;
  const value = parseUnits(text);
  if (value === 'too-fine') throw new Refusal(-1111, `Parameter '${name}' has too much precision.`);
  if (value === null) throw new Refusal(-1100, `Illegal characters found in parameter '${name}'.`);
  return value;
}

/** @throws Refusal -1130 outside of `min` to `max` */
export function integerParam(params: Params, name: string, range: { min: number; max: number }): number | undefined {
  const text = params.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < range.min || value > range.max)
    throw new Refusal(-1130, `Data sent for parameter '${name}' is not valid.`);
  return value;
}
