/** A time of a template, whose text is UTC when it says no zone. */
export function instant(text: string): Date {
  return new Date(/(Z|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text}Z`)
}
