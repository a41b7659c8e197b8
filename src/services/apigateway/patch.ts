import { badRequest } from './find.ts'

/** As the SDK has it: `{ op: 'replace', path: '/description', value: '…' }`. */
export interface PatchOperation {
  readonly op?: string
  readonly path?: string
  readonly value?: string
  readonly from?: string
}

/**
 * What is at a path and how its text becomes a value. A path that ends in `/*` is an entry: of a list (its last part
 * is the item) or of a map (its last part is the key). An `object` can only be removed as a whole.
 */
export type Patchable = Readonly<
  Record<string, 'text' | 'integer' | 'number' | 'boolean' | 'object' | 'list' | 'map' | 'flags'>
>

const mostOperations = 1_000

/**
 * `target` with the operations applied in order. Paths that `patchable` doesn't know are refused by name, so what is
 * answered with success has been done. https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
 */
export function patched<T extends object>(
  target: T,
  operations: readonly PatchOperation[] | undefined,
  patchable: Patchable,
): T {
  const next = structuredClone(target) as Record<string, unknown>
  for (const operation of checked(operations)) apply(next, operation, patchable)
  return next as T
}

/** The operations, known to be few and of a kind and a path that are there. */
export function checked(operations: readonly PatchOperation[] = []): Required<Omit<PatchOperation, 'from'>>[] {
  if (operations.length > mostOperations) throw badRequest(`At most ${mostOperations} patch operations can be given.`)
  return operations.map(({ op, path, value }) => {
    if (op !== 'add' && op !== 'remove' && op !== 'replace')
      throw badRequest(`Invalid patch operation specified: ${op}. Must be one of: [add, remove, replace]`)
    if (path === undefined || !path.startsWith('/')) throw badRequest('A patch operation must have a path.')
    return { op, path, value: value ?? '' }
  })
}

function apply(
  target: Record<string, unknown>,
  { op, path, value }: Required<Omit<PatchOperation, 'from'>>,
  patchable: Patchable,
): void {
  const raw = path.slice(1).split('/')
  const parts = raw.map(unescaped)
  const entry = parts.pop() ?? ''
  const scalar = patchable[path]
  const kind = scalar ?? patchable[`/${[...raw.slice(0, -1), '*'].join('/')}`]
  if (kind === undefined || (kind === 'object' && op !== 'remove')) {
    throw badRequest(
      `Invalid patch path '${path}' specified for op '${op}'. Must be one of: [${Object.keys(patchable).join(', ')}]`,
    )
  }
  if (kind === 'list') {
    const name = parts.pop() ?? ''
    const holder = within(target, parts)
    const list = ((holder[name] as string[] | undefined) ?? []).filter((item) => item !== entry)
    if (op !== 'remove') list.push(op === 'add' ? entry : value)
    holder[name] = list
    return
  }
  if (scalar !== undefined) {
    const holder = within(target, parts)
    if (op === 'remove') delete holder[entry]
    else holder[entry] = parse(scalar, value, path)
    return
  }
  const name = parts.pop() ?? ''
  const holder = within(target, parts)
  const map = new Map(Object.entries((holder[name] as object | undefined) ?? {}))
  if (op === 'remove') map.delete(entry)
  else map.set(entry, kind === 'flags' ? parse('boolean', value, path) : value)
  holder[name] = Object.fromEntries(map)
}

/** The object at these names, made where there is none: only paths that are patchable lead here. */
function within(target: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  let holder = target
  for (const name of names) {
    const next = { ...(holder[name] as object | undefined) }
    holder[name] = next
    holder = next as Record<string, unknown>
  }
  return holder
}

function parse(kind: Patchable[string], value: string, path: string): string | number | boolean {
  if (kind === 'boolean') {
    if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true'
    throw badRequest(`Invalid value '${value}' for ${path}: it must be true or false.`)
  }
  if (kind === 'integer') {
    if (/^-?\d{1,9}$/.test(value)) return Number(value)
    throw badRequest(`Invalid value '${value}' for ${path}: it must be a whole number.`)
  }
  if (kind === 'number') {
    if (/^-?\d{1,9}(\.\d{1,9})?$/.test(value)) return Number(value)
    throw badRequest(`Invalid value '${value}' for ${path}: it must be a number.`)
  }
  return value
}

/** A part of a JSON pointer (RFC 6901) as text. */
function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}

/** A text as a part of a JSON pointer. */
export function escaped(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1')
}
