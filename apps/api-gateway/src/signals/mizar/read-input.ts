import { err, ok, type Result } from '#domain';
import { isStorable, parseJsonText } from '#order-intake';
import type { FieldFault } from '../common/fault.js';
import { Field, Reading } from '../common/field.js';
import { isList, plainJson, type Json, type JsonFields } from '../common/json.js';
import type { SignalBody } from '../common/signal-body.js';

/** Parameters of a URL, as parsed: a name that stands there more than once has a list. */
export type UrlParameters = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Of a GET. Parameters that are empty are not there. */
export function queryField(query: UrlParameters): Field {
  return new Field(new Reading(), ['query'], fieldsOf(Object.entries(query)));
}

/**
 * Of a POST: a JSON object or a form, whatever the content type says; parameters of the URL stand for what the body does not
 * have. No body at all is an empty one.
 */
export function bodyField(body: SignalBody, query: UrlParameters = {}): Result<Field, FieldFault> {
  const own = body.kind === 'json' ? body.fields : readForm(body.text);
  if (own === null)
    return err({
      reason: 'rejected_schema',
      kind: 'value',
      place: ['body'],
      expected: body.kind === 'text' ? body.jsonFault : 'must be a JSON object',
      found: null,
    });
  const fields = Object.create(null) as Record<string, Json>;
  for (const [name, value] of [...Object.entries(fieldsOf(Object.entries(query))), ...Object.entries(own)])
    if (value !== null || !Object.hasOwn(fields, name)) fields[name] = value;
  return ok(new Field(new Reading(), ['body'], fields));
}

/** Texts of a list: a JSON list, names that stand there more than once, or one text with commas. */
export function listOfTexts(field: Field, maxLength: number): readonly string[] {
  const { raw } = field;
  if (typeof raw !== 'string') return textsOf(field, maxLength);
  const parsed = raw.trim().startsWith('[') ? parseJsonText(raw) : null;
  const list = parsed?.ok === true && isList(parsed.value) ? plainJson(parsed.value) : raw.split(',');
  return textsOf(new Field(field.reading, field.place, list), maxLength);
}

function textsOf(field: Field, maxLength: number): readonly string[] {
  return field.elements().flatMap((item) => item.required()?.text(maxLength) ?? []);
}

/** Null when the text is no form. */
function readForm(text: string): JsonFields | null {
  const trimmed = text.trim();
  if (trimmed === '') return {};
  if (/^[{["]/.test(trimmed) || !trimmed.includes('=')) return null;
  const parameters = new URLSearchParams(trimmed);
  const names = new Set(parameters.keys());
  const entries = [...names].map((name): [string, readonly string[]] => [
    name.replace(/\[\]$/, ''),
    parameters.getAll(name),
  ]);
  const fields = fieldsOf(entries);
  return isAllStorable(fields) ? fields : null;
}

function fieldsOf(entries: readonly (readonly [string, string | readonly string[] | undefined])[]): JsonFields {
  const fields = Object.create(null) as Record<string, Json>;
  for (const [name, value] of entries) {
    const values = (typeof value === 'string' ? [value] : (value ?? [])).filter((one) => one !== '');
    const [first, ...more] = values;
    if (first !== undefined) fields[name] = more.length === 0 ? first : values;
  }
  return fields;
}

const isAllStorable = (fields: JsonFields): boolean =>
  Object.entries(fields).every(([name, value]) =>
    [name, ...(isList(value) ? value : [value])].every((one) => typeof one !== 'string' || isStorable(one)),
  );
