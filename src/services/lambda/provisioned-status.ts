import type { FunctionSpec, Provisioned } from '../../kernel/functions.ts'
import type { Host } from '../../kernel/host.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { specOf } from './execute.ts'
import { type Found, findVersion } from './find.ts'
import type { FunctionName } from './names.ts'
import { provisioned } from './state.ts'

/** A version, and how many of its instances are to be kept for one alias or for itself. */
export interface Share {
  readonly found: Found
  readonly count: number
}

/** What is to be kept for a version or alias: an alias that shares its requests shares its instances alike. */
export async function sharesOf(tx: ReadTx, name: FunctionName): Promise<readonly Share[]> {
  const config = await tx.in(name.scope).get(provisioned(name.name, name.qualifier ?? '$LATEST'))
  if (!config) return []
  const found = await findVersion(tx, name)
  const { additional } = found.alias ?? {}
  if (!additional) return [{ found, count: config.requested }]
  const others = Math.round(config.requested * additional.weight)
  const other = await findVersion(tx, name, 0)
  return [
    { found, count: config.requested - others },
    { found: other, count: others },
  ].filter(({ count }) => count > 0)
}

/** The spec of instances that are kept for a version or alias. */
export async function provisionedSpec(host: Host, found: Found): Promise<FunctionSpec> {
  return { ...(await specOf(host, found)), provisionedFor: found.name.qualifier ?? '' }
}

/** How far that has come on this node. */
export async function statusOf(host: Host, name: FunctionName): Promise<Provisioned> {
  const shares = await host.records.read(name.scope, (tx) => sharesOf(tx, name))
  let ready = 0
  let failure: string | undefined
  for (const { found } of shares) {
    const one = host.functions.provisioned(await provisionedSpec(host, found))
    ready += one.ready
    failure ??= one.failure
  }
  return { ready, ...(failure !== undefined && { failure }) }
}
