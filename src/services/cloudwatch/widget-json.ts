import { awsError } from '../../kernel/errors.ts'

/** Reads parts of a widget's JSON, saying where one is wrong. */
export type Json = Readonly<Record<string, unknown>>

export function wrong(path: string, problem: string): Error {
  return awsError('ValidationError', `The MetricWidget is not valid: ${path} ${problem}.`)
}

/** An object that has none but these members; an empty one in place of what is not there. */
export function objectAt(value: unknown, path: string, names: readonly string[]): Json {
  if (value === undefined) return {}
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw wrong(path, 'must be an object')
  for (const name of Object.keys(value))
    if (!names.includes(name)) throw wrong(`${path}.${name.slice(0, 100)}`, 'is not known or not supported by Landfall')
  return value as Json
}

export function listAt(value: unknown, path: string, most: number): readonly unknown[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw wrong(path, 'must be a list')
  if (value.length > most) throw wrong(path, `must have at most ${most} items`)
  return value
}

export function textAt(json: Json, name: string, path: string): string | undefined {
  const value = json[name]
  if (value === undefined) return undefined
  if (typeof value !== 'string') throw wrong(`${path}.${name}`, 'must be text')
  return value
}

export function numberAt(json: Json, name: string, path: string): number | undefined {
  const value = json[name]
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(`${path}.${name}`, 'must be a number')
  return value
}

export function flagAt(json: Json, name: string, path: string): boolean {
  const value = json[name] ?? false
  if (typeof value !== 'boolean') throw wrong(`${path}.${name}`, 'must be true or false')
  return value
}

/** One of some words; the first of them where none is given. */
export function choiceAt<T extends string>(json: Json, name: string, path: string, choices: readonly [T, ...T[]]): T {
  const value = json[name] ?? choices[0]
  const found = choices.find((one) => one === value)
  if (found === undefined) throw wrong(`${path}.${name}`, `must be one of ${choices.join(', ')}`)
  return found
}

/** `#1f77b4` of that, `#17b`, or what is not there. */
export function colorAt(json: Json, path: string, usual: string): string {
  const color = textAt(json, 'color', path)
  if (color === undefined) return usual
  if (/^#[0-9a-f]{6}$/i.test(color)) return color
  if (/^#[0-9a-f]{3}$/i.test(color)) return color.replace(/[0-9a-f]/gi, '$&$&')
  throw wrong(`${path}.color`, 'must be a color such as #1f77b4')
}
