import { isDeepStrictEqual } from 'node:util'

/** Members of what an operation answered, by name: those it did not answer are there as undefined. */
export function members(from: object, names: readonly string[]): Record<string, unknown> {
  const given: Readonly<Record<string, unknown>> = { ...from }
  return Object.fromEntries(names.map((name) => [name, given[name]]))
}

/** The same of an operation whose members begin with a small letter. */
export function capitalised(from: object, names: readonly string[]): Record<string, unknown> {
  const given: Readonly<Record<string, unknown>> = { ...from }
  return Object.fromEntries(names.map((name) => [name, given[name.charAt(0).toLowerCase() + name.slice(1)]]))
}

/** Of policies that are to be the same, one that is not, if there is such: what drift is to show. */
export function oddOne(texts: readonly string[], wanted: object | string | undefined): string | undefined {
  const document = (text: object | string | undefined): unknown => (typeof text === 'string' ? JSON.parse(text) : text)
  return texts.find((text) => !isDeepStrictEqual(document(text), document(wanted))) ?? texts[0]
}
