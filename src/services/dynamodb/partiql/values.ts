import { awsError } from '../../../kernel/errors.ts'
import { type AttributeValue, type Item, setAttribute, typeOf } from '../attribute-value.ts'
import { DecimalError, normalizeNumber } from '../decimal.ts'
import type { PathElement, PathNode } from '../expressions/path.ts'
import { Placeholders } from '../expressions/placeholders.ts'
import { malformed, type Tokens } from './tokens.ts'

const noNames = new Set(['TRUE', 'FALSE', 'NULL', 'MISSING', 'AND', 'OR', 'NOT', 'IN', 'BETWEEN', 'IS', 'WHERE'])

/**
 * Reads names and values of a statement. Both become placeholders, so that what comes of the statement is what comes of
 * an expression.
 */
export class ValueReader {
  readonly #tokens: Tokens
  readonly #parameters: readonly AttributeValue[]
  readonly names: Record<string, string> = {}
  readonly values: Record<string, AttributeValue> = {}
  #used = 0
  #count = 0

  constructor(tokens: Tokens, parameters: readonly AttributeValue[]) {
    this.#tokens = tokens
    this.#parameters = parameters
  }

  /** Call at the end: every parameter stands for one question mark. */
  checkParameters(): void {
    if (this.#used !== this.#parameters.length) throw parameterCount()
  }

  get placeholders(): Placeholders {
    const given = <T>(all: Record<string, T>) => (Object.keys(all).length > 0 ? all : undefined)
    return new Placeholders(given(this.names), given(this.values))
  }

  /** Whether a path, rather than a value, comes next. */
  get atPath(): boolean {
    const { type, value } = this.#tokens.current
    return type === 'name' || (type === 'word' && !noNames.has(value.toUpperCase()))
  }

  path(): PathNode {
    const tokens = this.#tokens
    const elements: PathElement[] = [this.#element()]
    for (;;) {
      if (tokens.takeSymbol('.')) {
        elements.push(this.#element())
      } else if (tokens.takeSymbol('[')) {
        const { type, value } = tokens.next()
        if (type !== 'number' || !/^\d{1,9}$/.test(value)) throw malformed('Expected a list index')
        elements.push({ index: Number(value) })
        tokens.expectSymbol(']')
      } else {
        return { type: 'path', elements }
      }
    }
  }

  #element(): PathElement {
    const { type, value } = this.#tokens.next()
    if (type !== 'word' && type !== 'name') throw malformed('Expected a name')
    const placeholder = `#n${this.#count++}`
    this.names[placeholder] = value
    return { placeholder }
  }

  /** A value as an operand. */
  operand(value: AttributeValue = this.value()): { readonly type: 'value'; readonly placeholder: string } {
    const placeholder = `:v${this.#count++}`
    this.values[placeholder] = value
    return { type: 'value', placeholder }
  }

  value(): AttributeValue {
    return this.#tokens.nested(() => this.#literal())
  }

  #literal(): AttributeValue {
    const tokens = this.#tokens
    if (tokens.takeSymbol('?')) {
      const parameter = this.#parameters[this.#used++]
      if (!parameter) throw parameterCount()
      return parameter
    }
    if (tokens.takeSymbol('[')) return { L: this.#list(']') }
    if (tokens.takeSymbol('<<')) return setOf(this.#list('>>'))
    if (tokens.isSymbol('{')) return { M: this.map() }
    const sign = tokens.takeSymbol('-') ? '-' : ''
    if (sign === '') tokens.takeSymbol('+')
    const { type, value } = tokens.next()
    if (type === 'number') return { N: numberOf(`${sign}${value}`) }
    if (sign === '' && type === 'text') return { S: value }
    const word = type === 'word' && sign === '' ? value.toUpperCase() : ''
    if (word === 'TRUE' || word === 'FALSE') return { BOOL: word === 'TRUE' }
    if (word === 'NULL') return { NULL: true }
    throw malformed('Expected a value')
  }

  /** `{'name': value, …}` */
  map(): Item {
    const tokens = this.#tokens
    tokens.expectSymbol('{')
    const map: Item = {}
    if (tokens.takeSymbol('}')) return map
    do {
      const { type, value } = tokens.next()
      if (type !== 'text' && type !== 'name') throw malformed('Expected a name in quotes')
      if (Object.hasOwn(map, value)) throw malformed(`${value} is given twice`)
      tokens.expectSymbol(':')
      setAttribute(map, value, this.value())
    } while (tokens.takeSymbol(','))
    tokens.expectSymbol('}')
    return map
  }

  #list(end: string): AttributeValue[] {
    const values: AttributeValue[] = []
    if (this.#tokens.takeSymbol(end)) return values
    do values.push(this.value())
    while (this.#tokens.takeSymbol(','))
    this.#tokens.expectSymbol(end)
    return values
  }
}

function setOf(members: readonly AttributeValue[]): AttributeValue {
  const first = members[0]
  const type = first && typeOf(first)
  if (type !== 'S' && type !== 'N' && type !== 'B') throw malformed('A set has texts, numbers or binary values')
  const plain = members.map((member) => {
    if (typeOf(member) !== type) throw malformed('The members of a set have one type')
    return String(Object.values(member)[0])
  })
  if (new Set(plain).size < plain.length) throw malformed('A set has each member once')
  return { [`${type}S`]: plain } as AttributeValue
}

function numberOf(text: string): string {
  try {
    return normalizeNumber(text)
  } catch (error) {
    throw error instanceof DecimalError ? awsError('ValidationException', error.message) : error
  }
}

function parameterCount() {
  return awsError('ValidationException', "Number of parameters in request and statement don't match.")
}
