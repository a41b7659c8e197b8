import { awsError } from '../../kernel/errors.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Reference } from './names.ts'
import { label, type Parameter, parameter, type Version, version } from './state.ts'

export interface Found {
  readonly parameter: Parameter
  readonly number: number
  readonly version: Version
}

/** The version a reference means: the latest, or that of its selector. Throws ParameterNotFound, ParameterVersionNotFound. */
export async function find(tx: ReadTx, { name, selector }: Reference): Promise<Found> {
  const found = await findParameter(tx, name)
  const number = selector === undefined ? found.version : await selected(tx, name, selector.slice(1))
  const one = number === undefined ? undefined : await tx.get(version(name, number))
  if (number === undefined || !one) {
    throw awsError(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${selector?.slice(1) ?? found.version} of ${name}. Verify the version and try again.`,
    )
  }
  return { parameter: found, number, version: one }
}

/** Throws ParameterNotFound. */
export async function findParameter(tx: ReadTx, name: string): Promise<Parameter> {
  const found = await tx.get(parameter(name))
  if (!found) throw awsError('ParameterNotFound', `Parameter ${name} not found.`)
  return found
}

function selected(tx: ReadTx, name: string, selector: string): Promise<number | undefined> | number {
  return /^\d+$/.test(selector) ? Number(selector) : tx.get(label(name, selector))
}
