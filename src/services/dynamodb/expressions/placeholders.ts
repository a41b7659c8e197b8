import { awsError } from '../../../kernel/errors.ts'
import type { AttributeValue } from '../attribute-value.ts'
import { type ExpressionKind, invalid } from './tokens.ts'

/** ExpressionAttributeNames and -Values of one request, and which of them its expressions have used. */
export class Placeholders {
  readonly #names: Readonly<Record<string, string>> | undefined
  readonly #values: Readonly<Record<string, AttributeValue>> | undefined
  readonly #used = new Set<string>()

  /** Values must have been validated. */
  constructor(names?: Readonly<Record<string, string>>, values?: Readonly<Record<string, AttributeValue>>) {
    checkPlaceholders('ExpressionAttributeNames', '#', names)
    checkPlaceholders('ExpressionAttributeValues', ':', values)
    this.#names = names
    this.#values = values
  }

  name(kind: ExpressionKind, placeholder: string): string {
    const name = this.#names && Object.hasOwn(this.#names, placeholder) ? this.#names[placeholder] : undefined
    if (name === undefined) {
      throw invalid(
        kind,
        `An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
      )
    }
    this.#used.add(placeholder)
    return name
  }

  value(kind: ExpressionKind, placeholder: string): AttributeValue {
    const value = this.#values && Object.hasOwn(this.#values, placeholder) ? this.#values[placeholder] : undefined
    if (value === undefined) {
      throw invalid(
        kind,
        `An expression attribute value used in expression is not defined; attribute value: ${placeholder}`,
      )
    }
    this.#used.add(placeholder)
    return value
  }

  /** Whether this very value is one of the request's. */
  isGiven(value: AttributeValue): boolean {
    return Object.values(this.#values ?? {}).includes(value)
  }

  /** Call once all expressions are bound: a placeholder that none of them used is an error. */
  checkAllUsed(): void {
    for (const [parameter, defined] of [
      ['ExpressionAttributeNames', this.#names],
      ['ExpressionAttributeValues', this.#values],
    ] as const) {
      if (!defined) continue
      const unused = Object.keys(defined).filter((key) => !this.#used.has(key))
      if (unused.length > 0) {
        throw awsError(
          'ValidationException',
          `Value provided in ${parameter} unused in expressions: keys: {${unused.join(', ')}}`,
        )
      }
    }
  }
}

const keyShape = /^[#:][A-Za-z0-9_]+$/

function checkPlaceholders(parameter: string, sign: string, defined: Readonly<Record<string, unknown>> | undefined) {
  if (!defined) return
  const keys = Object.keys(defined)
  if (keys.length === 0) throw awsError('ValidationException', `${parameter} must not be empty`)
  for (const key of keys) {
    if (!key.startsWith(sign) || !keyShape.test(key) || key.length > 255) {
      throw awsError('ValidationException', `${parameter} contains invalid key: Syntax error; key: "${key}"`)
    }
  }
}
