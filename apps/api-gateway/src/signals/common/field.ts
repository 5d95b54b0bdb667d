import type { Decimal, EpochMs, SignalRefusal } from '#domain';
import { LosslessNumber } from 'lossless-json';
import { readDecimal, readInteger } from '#order-intake';
import { showPlace, signalFault, type FieldFault, type Place, type SignalFault } from './fault.js';
import { found, isFields, isList, type Json } from './json.js';
import type { Range } from './ranges.js';
import { INSTANT_TEXT, readInstant } from './read-instant.js';

/** What reading a request has found so far. */
export class Reading {
  readonly faults: FieldFault[] = [];
  readonly warnings: string[] = [];

  warn(text: string): void {
    this.warnings.push(text);
  }

  /** The first fault; null when there is none yet. */
  refusal(): SignalFault | null {
    const [fault] = this.faults;
    return fault === undefined ? null : signalFault(fault);
  }
}

/** `true` and `false` where a dialect sends them as text, in any case. */
const TRUTH: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/**
 * A value of a request and its place. Reading one that is absent or null gives undefined; one that is not what it must be
 * gives undefined, too, and a fault: whoever reads looks at the faults before using anything.
 */
export class Field {
  constructor(
    readonly reading: Reading,
    readonly place: Place,
    readonly raw: Json | undefined,
  ) {}

  /** Null means absent. */
  get isAbsent(): boolean {
    return this.raw === undefined || this.raw === null;
  }

  /** Absent when this is no object. */
  at(name: string): Field {
    const raw = isFields(this.raw) && Object.hasOwn(this.raw, name) ? this.raw[name] : undefined;
    return new Field(this.reading, [...this.place, name], raw);
  }

  /** The first that is given of several names of one thing; the first name when none is. */
  firstOf(names: readonly [string, ...string[]]): Field {
    const fields = names.map((name) => this.at(name));
    return fields.find((field) => !field.isAbsent) ?? this.at(names[0]);
  }

  /** What another field holds, known as element `at` of this one. */
  inPlaceOf(element: Field, at: number): Field {
    return new Field(this.reading, [...this.place, at], element.raw);
  }

  /** `{"value": x}` or plain x. */
  valueOrBare(): Field {
    return isFields(this.raw) ? this.at('value') : this;
  }

  /** Undefined and a fault when absent. */
  required(): this | undefined {
    if (!this.isAbsent) return this;
    return this.record('missing', 'is required', null);
  }

  /** Undefined and a fault when this is neither absent nor an object. */
  object(): this | undefined {
    if (this.isAbsent) return undefined;
    return isFields(this.raw) ? this : this.wrongType('must be an object');
  }

  /** Empty when absent. */
  elements(): readonly Field[] {
    if (this.isAbsent) return [];
    if (isList(this.raw)) return this.raw.map((raw, at) => new Field(this.reading, [...this.place, at], raw));
    this.wrongType('must be a list');
    return [];
  }

  /** A JSON number or numeric text; digits beyond 18 decimals are cut off. */
  decimal(range: Range): Decimal | undefined {
    if (this.isAbsent) return undefined;
    const value = readDecimal(trimmed(this.raw as Json) as string | LosslessNumber);
    if (value === null) return this.wrongType('must be a number below 10^20');
    return range.holds(value) ? value : this.fail(range.expected);
  }

  /** `300`, `"300"` and `300.0`. */
  integer(): number | undefined {
    if (this.isAbsent) return undefined;
    return readInteger(trimmed(this.raw as Json) as string | LosslessNumber) ?? this.wrongType('must be an integer');
  }

  /** Without the white space around it; not empty. */
  text(maxLength: number): string | undefined {
    if (this.isAbsent) return undefined;
    if (typeof this.raw !== 'string') return this.wrongType('must be text');
    const text = this.raw.trim();
    if (text === '' || text.length > maxLength) return this.fail(`must have 1 to ${maxLength} characters`);
    return text;
  }

  /** One of a few words; `words` says which, and what each means. */
  choice<T>(words: ReadonlyMap<string, T>, spelling: 'exact' | 'any case' = 'any case'): T | undefined {
    if (this.isAbsent) return undefined;
    const text = typeof this.raw === 'string' ? this.raw.trim() : undefined;
    const word = text === undefined ? undefined : words.get(spelling === 'exact' ? text : text.toLowerCase());
    return word ?? this.fail(`must be ${orList([...words.keys()])}`, 'rejected_schema', 'type');
  }

  /** A JSON boolean, or one as text or number. */
  boolean(): boolean | undefined {
    if (this.isAbsent) return undefined;
    if (typeof this.raw === 'boolean') return this.raw;
    const text = this.raw instanceof LosslessNumber ? this.raw.value : this.raw;
    const value = typeof text === 'string' ? TRUTH.get(text.trim().toLowerCase()) : undefined;
    return value ?? this.wrongType('must be true or false');
  }

  instant(): EpochMs | undefined {
    if (this.isAbsent) return undefined;
    return readInstant(this.raw as Json) ?? this.wrongType(INSTANT_TEXT);
  }

  /** Records that the value is not what it must be. */
  fail(expected: string, reason: SignalRefusal = 'rejected_schema', kind: FieldFault['kind'] = 'value'): undefined {
    return this.record(kind, expected, this.isAbsent ? null : found(this.raw as Json), reason);
  }

  warn(text: string): void {
    this.reading.warn(`${showPlace(this.place)}: ${text}`);
  }

  /** Records a fault that no single value shows. */
  complain(expected: string, reason: SignalRefusal = 'rejected_schema'): undefined {
    return this.record('value', expected, null, reason);
  }

  private wrongType(expected: string): undefined {
    return this.fail(expected, 'rejected_schema', 'type');
  }

  private record(
    kind: FieldFault['kind'],
    expected: string,
    value: string | null,
    reason: SignalRefusal = 'rejected_schema',
  ): undefined {
    this.reading.faults.push({ reason, kind, place: this.place, expected, found: value });
    return undefined;
  }
}

/** The whole of a request. */
export const rootField = (raw: Json, reading = new Reading()): Field => new Field(reading, [], raw);

function trimmed(raw: Json): Json {
  return typeof raw === 'string' ? raw.trim() : raw;
}

/** `a, b or c`. */
function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}
