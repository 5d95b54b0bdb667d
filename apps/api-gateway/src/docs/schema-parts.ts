export type Schema = Readonly<Record<string, unknown>>;

/** A decimal without an exponent. */
export const decimalText: Schema = {
  type: 'string',
  pattern: '^-?\\d+(\\.\\d+)?$',
  description: 'decimal number',
};
export const decimalOrNull: Schema = { ...decimalText, type: ['string', 'null'] };
export const time: Schema = { type: 'string', format: 'date-time' };
export const timeOrNull: Schema = { type: ['string', 'null'], format: 'date-time' };
export const object = (properties: Record<string, Schema>, more: Schema = {}): Schema => ({
  type: 'object',
  properties,
  additionalProperties: true,
  ...more,
});
/** What is answered: all of `always` is there, of `sometimes` what there is to tell. */
export const answer = (always: Record<string, Schema>, sometimes: Record<string, Schema> = {}): Schema =>
  object({ ...always, ...sometimes }, { required: Object.keys(always) });
/** Null as a whole where there is nothing to tell. */
export const answerOrNull = (always: Record<string, Schema>): Schema => ({
  ...answer(always),
  type: ['object', 'null'],
});
export const list = (items: Schema): Schema => ({ type: 'array', items });
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
