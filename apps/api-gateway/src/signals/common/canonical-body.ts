import { createHash } from 'node:crypto';
import { LosslessNumber } from 'lossless-json';
import { isFields, isList, type Json } from './json.js';
import type { SignalBody } from './signal-body.js';

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * What two deliveries of one signal share (signal-apis.md 0.2): JSON with sorted keys, without nulls in objects, and with
 * numbers in one spelling; text with white space collapsed. Secrets must be out of it already.
 */
export function canonicalBody(body: SignalBody): string {
  return body.kind === 'text' ? collapse(body.text) : canonical(body.fields);
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** One space between words, none around. */
export function collapse(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}

function canonical(json: Json): string {
  if (json instanceof LosslessNumber) return normalNumber(json.value);
  if (isList(json)) return `[${json.map(canonical).join(',')}]`;
  if (!isFields(json)) return JSON.stringify(json);
  const fields = Object.entries(json).filter(([, item]) => item !== null);
  const sorted = fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}

/** Significant digits and an exponent of ten: one text for `0.50`, `5e-1` and `0.5`, of bounded length for `1e999999999`. */
export function normalNumber(text: string): string {
  const parts = NUMBER.exec(text);
  if (parts === null) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') end -= 1;
  if (end === 0) return '0';
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - end);
  return `${sign}${digits.slice(0, end)}e${power}`;
}
