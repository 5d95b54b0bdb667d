import { Dec, type Decimal } from '#domain';
import {
  isJsonObject,
  isStorable,
  type JsonObject,
  type JsonValue,
  readDecimal,
  readInteger,
  shown,
  showName,
} from '#order-intake';
import { LosslessNumber } from 'lossless-json';
import { ApiError, type FieldErrors } from '../http/api-error.js';

/** What is wrong with a request, by field: everything is found in one pass. */
export class Faults {
  /** Without a prototype: fields are named by clients, `constructor` among them. */
  private readonly texts = Object.create(null) as Record<string, string[]>;

  fail(field: string, text: string): undefined {
    (this.texts[field] ??= []).push(text);
    return undefined;
  }

  get any(): boolean {
    return Object.keys(this.texts).length > 0;
  }

  get errors(): FieldErrors {
    return this.texts;
  }

  toError(): ApiError {
    return ApiError.ofFields(this.texts);
  }
}

/**
 * Reads the fields of one JSON object. Each gives undefined where it is absent and where it is wrong, which is then
 * recorded under its path with what was found and what it must be.
 */
export class FieldReader {
  constructor(
    private readonly body: JsonObject,
    readonly faults: Faults,
    /** In front of the names, `settings.`. */
    private readonly prefix = '',
  ) {}

  /** Records every field that is none of these. */
  only(known: readonly string[]): this {
    for (const name of Object.keys(this.body))
      if (!known.includes(name)) {
        const path = this.path(showName(name));
        this.faults.fail(path, `${path} is not a field here, must be one of ${known.join(', ')}`);
      }
    return this;
  }

  has(name: string): boolean {
    return this.body[name] !== undefined;
  }

  raw(name: string): JsonValue | undefined {
    return this.body[name];
  }

  path(name: string): string {
    return `${this.prefix}${name}`;
  }

  /** Records the field when it is absent. */
  need(...names: readonly string[]): this {
    for (const name of names) if (!this.has(name)) this.faults.fail(this.path(name), `${this.path(name)} is required`);
    return this;
  }

  /** Records that the field is not what it must be. */
  refuse(name: string, must: string, was = this.body[name]): undefined {
    const found = was === undefined ? 'missing' : shown(was);
    return this.faults.fail(this.path(name), `${this.path(name)} must be ${must}, was ${found}`);
  }

  /** @param isRequired its absence is recorded */
  choice<T extends string>(name: string, values: readonly T[], isRequired = false): T | undefined {
    const raw = this.body[name];
    if (raw === undefined && !isRequired) return undefined;
    return values.find((value) => value === raw) ?? this.refuse(name, `one of ${values.join(', ')}`);
  }

  flag(name: string): boolean | undefined {
    const raw = this.body[name];
    return raw === undefined || typeof raw === 'boolean' ? raw : this.refuse(name, 'true or false');
  }

  /** Text of so many characters after its ends are trimmed, none of them unprintable. */
  text(name: string, [min, max]: readonly [number, number]): string | undefined {
    const raw = this.body[name];
    if (raw === undefined) return undefined;
    const text = typeof raw === 'string' && isStorable(raw) ? raw.trim() : null;
    const length = text === null ? -1 : Array.from(text).length;
    if (text !== null && length >= min && length <= max && !/\p{Cc}/u.test(text)) return text;
    const was = typeof raw === 'string' && length > max ? `${length} characters` : shown(raw);
    const path = this.path(name);
    return this.faults.fail(path, `${path} must be text of ${min} to ${max} printable characters, was ${was}`);
  }

  whole(name: string, [min, max]: readonly [number, number]): number | undefined {
    const raw = this.body[name];
    if (raw === undefined) return undefined;
    const value = readInteger(raw);
    if (value !== null && value >= min && value <= max) return value;
    return this.refuse(name, `a whole number from ${min} to ${max}`);
  }

  /** A decimal with at most 18 places. @param must says what `isIn` asks for */
  decimal(name: string, must: string, isIn: (value: Decimal) => boolean): Decimal | undefined {
    const raw = this.body[name];
    if (raw === undefined) return undefined;
    const value = readDecimal(raw);
    if (value !== null && isExact(raw, value) && isIn(value)) return value;
    return this.refuse(name, `${must}, with at most 18 decimals`);
  }

  /** An object of its own; recorded where it is anything else. */
  object(name: string): FieldReader | undefined {
    const raw = this.body[name];
    if (raw === undefined) return undefined;
    return isJsonObject(raw)
      ? new FieldReader(raw, this.faults, `${this.path(name)}.`)
      : this.refuse(name, 'an object');
  }

  /** A list of so many; what is in it is read by `item`, which records what is wrong under `name[0]`. */
  list<T>(
    name: string,
    [min, max]: readonly [number, number],
    item: (raw: JsonValue, path: string) => T | undefined,
  ): readonly T[] | undefined {
    const raw = this.body[name];
    if (raw === undefined) return undefined;
    if (!Array.isArray(raw) || raw.length < min || raw.length > max) {
      const was = Array.isArray(raw) ? `a list of ${raw.length}` : shown(raw);
      return this.faults.fail(this.path(name), `${this.path(name)} must be a list of ${min} to ${max}, was ${was}`);
    }
    const read = (raw as readonly JsonValue[]).map((one, i) => item(one, `${this.path(name)}[${i}]`));
    const items = read.filter((one) => one !== undefined);
    return items.length === read.length ? items : undefined;
  }
}

/** False where reading cut digits off. */
function isExact(raw: JsonValue, value: Decimal): boolean {
  const text = raw instanceof LosslessNumber ? raw.value : raw;
  return typeof text === 'string' && new Dec(text).eq(value);
}
