import { type AwsError, awsError } from '../kernel/errors.ts'

/** A template of some kilobytes can name a value of a megabyte thousands of times. */
export function templateTooLarge(mostBytes: number): AwsError {
  return awsError(
    'InvalidParameterValue',
    `What the input template makes of the event has more than ${mostBytes} bytes.`,
  )
}

/**
 * Fills in what stands in angle brackets and `find` knows. In a string of the template a value is text; outside of
 * strings it is JSON. Undefined when the values come to more bytes than that.
 */
export function fillTemplate(
  template: string,
  mostBytes: number,
  find: (name: string) => { readonly value: unknown } | undefined,
): string | undefined {
  let out = ''
  let bytes = 0
  let quoted = false
  for (let index = 0; index < template.length; index++) {
    const character = template[index] ?? ''
    if (character === '\\' && quoted) {
      out += character + (template[++index] ?? '')
      continue
    }
    const name = character === '<' ? /^<([^<>"]+)>/.exec(template.slice(index, index + 300))?.[1] : undefined
    const found = name === undefined ? undefined : find(name)
    if (name !== undefined && found) {
      const filled = quoted ? asText(found.value) : (JSON.stringify(found.value) ?? 'null')
      bytes += Buffer.byteLength(filled)
      if (bytes > mostBytes) return undefined
      out += filled
      index += name.length + 1
      continue
    }
    if (character === '"') quoted = !quoted
    out += character
  }
  return out
}

function asText(value: unknown): string {
  if (value === undefined) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return JSON.stringify(text).slice(1, -1)
}

const step = /^(?:\.([\w-]+)|\[(\d+)\]|\['([^']*)'\]|\[\*\])/

/** The parts of a path (`$.detail.items[0].name`); undefined when it is none. `*` is every element. */
export function parsePath(path: string): (string | number)[] | undefined {
  if (!path.startsWith('$')) return undefined
  const parts: (string | number)[] = []
  for (let rest = path.slice(1); rest !== ''; ) {
    const found = step.exec(rest)
    if (!found) return undefined
    parts.push(found[2] !== undefined ? Number(found[2]) : (found[1] ?? found[3] ?? '*'))
    rest = rest.slice(found[0].length)
  }
  return parts
}

/** The value at a path; undefined when there is none. */
export function valueAt(event: unknown, path: string): unknown {
  return walk(event, parsePath(path) ?? [])
}

function walk(value: unknown, [part, ...rest]: readonly (string | number)[]): unknown {
  if (part === undefined) return value
  if (typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value)) {
    if (part === '*') return value.map((one) => walk(one, rest))
    return typeof part === 'number' ? walk(value[part], rest) : undefined
  }
  return Object.hasOwn(value, part) ? walk((value as Record<string, unknown>)[part], rest) : undefined
}
