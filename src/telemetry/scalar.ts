/** Whether a value of JSON is one that has a text of its own: no list, no object, not null. */
export function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
