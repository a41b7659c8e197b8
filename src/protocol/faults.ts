import type { Member } from '../kernel/model.ts'

/** A value of the wrong type, or a body that cannot be read at all. Becomes the service's own error in rules.ts. */
export class TypeFault extends Error {
  /** Where: `entries.1.member.id`; empty for the body as a whole. */
  readonly path: string
  /** The member of the input that it is in, if that far. */
  readonly member: Member | undefined
  /** The value as text, for the services that repeat it. */
  readonly value: string | undefined

  constructor(message: string, path = '', options: { member?: Member | undefined; value?: string } = {}) {
    super(message)
    this.name = 'TypeFault'
    this.path = path
    this.member = options.member
    this.value = options.value
  }
}

/** A value of the right type that breaks a constraint of the table. */
export interface Violation {
  readonly path: string
  /** The value as AWS prints it: `'x'`, `'[a, b]'`, `null`; absent for secrets. */
  readonly value: string | undefined
  /** `Member must not be null`, … */
  readonly rule: string
  readonly kind: 'missing' | 'length' | 'range' | 'pattern' | 'enum' | 'union' | 'depth'
  /** The member of the input that it is in. */
  readonly member: Member | undefined
}

/** AWS's sentence for one violation. */
export function sentence({ path, value, rule }: Violation): string {
  return `Value ${value === undefined ? '' : `${value} `}at '${path}' failed to satisfy constraint: ${rule}`
}

/** AWS's sentence for all of them. */
export function sentences(violations: readonly Violation[]): string {
  const count = `${violations.length} validation error${violations.length === 1 ? '' : 's'} detected: `
  return count + violations.map(sentence).join('; ')
}

const longest = 256

/** A value as AWS prints it in those sentences, cut when long. */
export function printed(value: unknown): string {
  const text = `${plain(value, 0)}`
  return `'${text.length > longest ? `${text.slice(0, longest)}…` : text}'`
}

function plain(value: unknown, depth: number): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return value.slice(0, longest + 1)
  if (typeof value !== 'object') return String(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'null' : value.toISOString()
  if (value instanceof Uint8Array) return `[${value.length} bytes]`
  if (depth > 3) return '…'
  if (Array.isArray(value))
    return `[${value
      .slice(0, 16)
      .map((item) => plain(item, depth + 1))
      .join(', ')}]`
  const entries = Object.entries(value).slice(0, 16)
  return `{${entries.map(([key, item]) => `${key}=${plain(item, depth + 1)}`).join(', ')}}`
}
