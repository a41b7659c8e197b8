import type { Command, Expression } from './query.ts'
import type { Value } from './values.ts'

/** What a query asks of the events that it looks at: that a field has one of these values. */
export interface Narrowing {
  readonly field: string
  readonly values: readonly Value[]
  /** Events that are not indexed by it do not count (`filterIndex`). */
  readonly indexed: boolean
}

/** Whether a command looks at each row for itself: what passes later filters does not depend on the other rows. */
export const isOfSingleRows = ({ kind }: Command) => !['stats', 'sort', 'limit', 'dedup'].includes(kind)

/** Whether an expression says of fields which values they have, and nothing else. */
export function isOfValues(test: Expression): boolean {
  if (test.kind === 'binary' && test.sign === 'and') return isOfValues(test.left) && isOfValues(test.right)
  return wanted(test) !== undefined
}

/** What the filters of a query narrow it to, so that events which can't pass them need not be read. */
export function narrowingsOf(commands: readonly Command[]): Narrowing[] {
  const found: Narrowing[] = []
  // A field that a command gives a value to is not the event's own any more.
  const given = new Set<string>()
  for (const command of commands) {
    if (!isOfSingleRows(command)) break
    if (command.kind === 'filter')
      for (const one of allOf(command.test))
        if (!given.has(one.field)) found.push({ ...one, indexed: command.indexed ?? false })
    if (command.kind === 'parse') for (const name of command.names) given.add(name)
    if (command.kind === 'lookup') for (const name of command.output) given.add(name)
    if (command.kind === 'fields' || command.kind === 'display')
      for (const { name, of } of command.columns) if (of.kind !== 'field' || of.name !== name) given.add(name)
  }
  return found
}

type Wanted = Omit<Narrowing, 'indexed'>

function allOf(test: Expression): Wanted[] {
  if (test.kind === 'binary' && test.sign === 'and') return [...allOf(test.left), ...allOf(test.right)]
  const one = wanted(test)
  return one ? [one] : []
}

function wanted(test: Expression): Wanted | undefined {
  if (test.kind === 'in' && test.of.kind === 'field') {
    const values = test.list.map((one) => (one.kind === 'value' ? one.value : undefined))
    return values.includes(undefined) ? undefined : { field: test.of.name, values }
  }
  if (test.kind !== 'binary' || test.sign !== '=') return undefined
  const { left, right } = test
  return left.kind === 'field' && right.kind === 'value' ? { field: left.name, values: [right.value] } : undefined
}
