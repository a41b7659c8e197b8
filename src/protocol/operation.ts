import { type AwsError, awsError } from '../kernel/errors.ts'
import { systemIds } from '../kernel/ids.ts'
import type { Member, Model, OperationTable, Protocol, StructShape } from '../kernel/model.ts'
import { type CompiledDecoder, compileDecoder, mismatch } from './compile.ts'
import { TypeFault } from './faults.ts'
import { type Rules, rulesFor } from './rules.ts'
import type { Form } from './scalars.ts'
import { walkInput } from './walk.ts'

/** An operation that a request asks for. */
export interface ResolvedOperation {
  readonly name: string
  readonly model: Model
  readonly protocol: Protocol
  readonly table: OperationTable
  /** The request's payload is a stream of bytes: the body must not be read before the operation does. */
  readonly streamingInput: boolean
  /** The answer's payload is a stream. */
  readonly streamingOutput: boolean
  /** The operation is called without a signature. */
  readonly noAuth: boolean
  /** Values of the URI template's labels in order, still percent-encoded; only of REST operations. */
  readonly labels: readonly string[]
}

/** How an input is laid out before the decoder sees it. */
export type Layout = 'json' | 'rest-json' | 'js'

type KeyAndForm = (member: Member) => readonly [key: string, form: Form]

const layouts: Readonly<Record<Layout, (model: Model) => KeyAndForm>> = {
  json: () => (member) => [member.n, 'json'],
  // Assembled from body, path, query and headers under the members' own names; only what JSON had is still JSON.
  'rest-json': (model) => (member) => {
    const kind = model.shapes[member.s]?.k
    const json = member.in === undefined || (member.in === 'payload' && kind !== 'blob' && kind !== 'string')
    return [member.n, json ? 'json' : 'js']
  },
  js: () => (member) => [member.n, 'js'],
}

const noLabels: readonly string[] = []
const resolved = new WeakMap<Model, Map<string, ResolvedOperation>>()

/** The operation of that name; undefined when the service has none. */
export function operationNamed(model: Model, protocol: Protocol, name: string): ResolvedOperation | undefined {
  let known = resolved.get(model)
  if (!known) {
    known = new Map()
    resolved.set(model, known)
  }
  const key = `${protocol} ${name}`
  const found = known.get(key)
  if (found) return found
  if (!Object.hasOwn(model.operations, name)) return undefined
  const table = model.operations[name]!
  const operation: ResolvedOperation = {
    name,
    model,
    protocol,
    table,
    streamingInput: table.streamIn === true,
    streamingOutput: table.streamOut !== undefined,
    noAuth: table.auth === 'none',
    labels: noLabels,
  }
  known.set(key, operation)
  return operation
}

const decoders = new WeakMap<OperationTable, Map<string, CompiledDecoder>>()
const emptyStruct: StructShape = { k: 'struct', n: 'Unit', m: [] }

/** The structure of an operation's input; one without members when it takes none. */
export function inputShape({ model, table }: ResolvedOperation): StructShape {
  return table.in === undefined ? emptyStruct : (model.shapes[table.in] as StructShape)
}

export function outputShape({ model, table }: ResolvedOperation): StructShape {
  return table.out === undefined ? emptyStruct : (model.shapes[table.out] as StructShape)
}

/**
 * Checks raw input against the table and makes the operation's input of it. The compiled decoder does it when nothing
 * is wrong; else the walk says what is. Throws the service's error.
 */
export function decodeInput(
  operation: ResolvedOperation,
  raw: Readonly<Record<string, unknown>>,
  layout: Layout,
): Record<string, unknown> {
  const { model, table, protocol } = operation
  if (table.in === undefined) return {}
  const rules = rulesFor(model, protocol)
  const input = compiled(operation, table.in, layout, rules, raw) ?? walked(operation, layout, rules, raw)
  for (const member of inputShape(operation).m) {
    if (member.token && input[member.n] === undefined) input[member.n] = systemIds.uuid()
  }
  return input
}

function compiled(
  { model, table }: ResolvedOperation,
  index: number,
  layout: Layout,
  rules: Rules,
  raw: Readonly<Record<string, unknown>>,
): Record<string, unknown> | undefined {
  let byLayout = decoders.get(table)
  if (!byLayout) {
    byLayout = new Map()
    decoders.set(table, byLayout)
  }
  const key = `${layout} ${rules.checks.constraints} ${rules.checks.required}`
  let decoder = byLayout.get(key)
  if (!decoder) {
    decoder = compileDecoder(model, index, layouts[layout](model), rules.checks)
    byLayout.set(key, decoder)
  }
  try {
    return decoder(raw)
  } catch (error) {
    if (error === mismatch) return undefined
    throw error
  }
}

function walked(
  operation: ResolvedOperation,
  layout: Layout,
  rules: Rules,
  raw: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  try {
    const { value, violations } = walkInput(
      operation.model,
      inputShape(operation),
      raw,
      layouts[layout](operation.model),
      rules.checks,
    )
    if (violations.length > 0) throw rules.violations(violations, operation.name)
    return value
  } catch (error) {
    throw error instanceof TypeFault ? rules.typeFault(error) : error
  }
}

/** Runs a reader of wire text; what it cannot read becomes the service's error. */
export function reading<T>({ model, protocol }: Pick<ResolvedOperation, 'model' | 'protocol'>, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof TypeFault ? rulesFor(model, protocol).typeFault(error) : error
  }
}

/** The error of a request that names no operation we know. */
export function unknownOperation(model: Model, protocol: Protocol, asked: string): AwsError {
  return rulesFor(model, protocol).unknownOperation(asked)
}

/** For code that cannot happen while tables and code agree. */
export function notModelled(model: Model, name: string): AwsError {
  return awsError('UnknownOperationException', `${model.sdkId} has no operation ${name}.`, { status: 400 })
}
