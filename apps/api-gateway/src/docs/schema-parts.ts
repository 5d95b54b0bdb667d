export type Schema = Readonly<Record<string, unknown>>;

export const decimalText: Schema = { type: 'string', description: 'decimal number' };
export const decimalOrNull: Schema = { ...decimalText, type: ['string', 'null'] };
export const time: Schema = { type: 'string', format: 'date-time' };
export const timeOrNull: Schema = { type: ['string', 'null'], format: 'date-time' };
export const object = (properties: Record<string, Schema>, more: Schema = {}): Schema => ({
  type: 'object',
  properties,
  additionalProperties: true,
  ...more,
});
export const list = (items: Schema): Schema => ({ type: 'array', items });
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
