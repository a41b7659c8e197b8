import { awsError } from '../../../kernel/errors.ts'
import { type AttributeValue, type Item, setAttribute, typeOf } from '../attribute-value.ts'
import type { ConditionNode } from './condition-parser.ts'
import { bindPath } from './path.ts'
import type { Placeholders } from './placeholders.ts'
import { invalid } from './tokens.ts'

const kind = 'SearchConditionExpression'

interface SearchAttribute {
  readonly name: string
  readonly type: string
}

/**
 * Reads a parsed search condition: `attribute = :value`, several joined by AND, of attributes in the search schema.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SearchVectors.html
 */
export function bindSearchCondition(
  node: ConditionNode,
  placeholders: Placeholders,
  schema: readonly SearchAttribute[],
): Item {
  const wanted: Item = {}
  for (const term of node.type === 'and' ? node.terms : [node]) {
    if (term.type === 'and') {
      for (const [name, value] of Object.entries(bindSearchCondition(term, placeholders, schema))) add(name, value)
      continue
    }
    if (term.type !== 'compare' || term.operator !== '=') throw badComparator()
    const [path, operand] = term.left.type === 'value' ? [term.right, term.left] : [term.left, term.right]
    if (path.type !== 'path' || operand.type !== 'value') throw badComparator()
    const [name, ...below] = bindPath(kind, path, placeholders)
    const element = below.length === 0 ? schema.find((each) => each.name === name) : undefined
    if (!element) {
      throw awsError(
        'ValidationException',
        `${kind} must not contain any attributes that is not in SearchSchema. Invalid attribute: ${name}`,
      )
    }
    const value = placeholders.value(kind, operand.placeholder)
    if (typeOf(value) !== element.type) {
      throw awsError(
        'ValidationException',
        'One or more parameter values were invalid: Condition parameter type does not match schema type',
      )
    }
    add(name, value)
  }
  return wanted

  function add(name: string, value: AttributeValue) {
    if (Object.hasOwn(wanted, name)) throw invalid(kind, `only one condition may be on the attribute ${name}`)
    setAttribute(wanted, name, value)
  }
}

function badComparator() {
  return invalid(kind, `Invalid comparator used in ${kind}`)
}
