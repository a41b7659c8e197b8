import type { ReadTx } from '../../kernel/records.ts'
import { functionNotFound } from './errors.ts'
import type { FunctionName } from './names.ts'
import { type Alias, alias, type Configuration, type LambdaFunction, lambdaFunction, version } from './state.ts'

/** A version found: through its number, an alias, or as what the function is now. */
export interface Found {
  readonly name: FunctionName
  readonly record: LambdaFunction
  /** `$LATEST` or a number. */
  readonly version: string
  readonly configuration: Configuration
  readonly alias?: Alias | undefined
}

/** The function, or ResourceNotFoundException naming what was asked for. */
export async function findFunction(tx: ReadTx, name: FunctionName): Promise<LambdaFunction> {
  const record = await tx.in(name.scope).get(lambdaFunction(name.name))
  if (!record) throw functionNotFound(name)
  return record
}

/**
 * The version that a qualifier means. `draw` (0 to 1) decides between the versions of an alias that shares its
 * requests; without it the alias's own version is meant.
 */
export async function findVersion(tx: ReadTx, name: FunctionName, draw?: number): Promise<Found> {
  const record = await findFunction(tx, name)
  const { qualifier } = name
  if (qualifier === undefined || qualifier === '$LATEST') {
    return { name, record, version: '$LATEST', configuration: record.latest }
  }
  let number = qualifier
  let through: Alias | undefined
  if (!/^\d+$/.test(qualifier)) {
    through = await tx.in(name.scope).get(alias(name.name, qualifier))
    if (!through) throw functionNotFound(name)
    const { additional } = through
    number = additional && draw !== undefined && draw < additional.weight ? additional.version : through.version
  }
  if (number === '$LATEST') return { name, record, version: number, configuration: record.latest, alias: through }
  const configuration = await tx.in(name.scope).get(version(name.name, Number(number)))
  if (!configuration) throw functionNotFound(name)
  return { name, record, version: number, configuration, alias: through }
}
