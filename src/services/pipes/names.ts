import { formatArn } from '../../kernel/arn.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import { type Pipe, pipe, type SourceParameters } from './state.ts'

export const principalName = 'pipes.amazonaws.com'

export function pipeArn({ region, account }: Scope, name: string): string {
  return formatArn('pipes', region, account, `pipe/${name}`)
}

/** The pipe. Throws NotFoundException. */
export async function findPipe(tx: ReadTx, name: string): Promise<Pipe> {
  const found = await tx.get(pipe(name))
  if (!found) throw awsError('NotFoundException', `Pipe ${name} does not exist.`)
  return found
}

export function invalid(message: string): Error {
  return awsError('ValidationException', message)
}

/** The pipe's role, which has to trust EventBridge Pipes for this pipe. Throws ValidationException when it does not. */
export async function principalOf(
  { name, roleArn }: Pick<Pipe, 'name' | 'roleArn'>,
  { host, scope }: { readonly host: Host; readonly scope: Scope },
): Promise<Principal> {
  const sourceArn = pipeArn(scope, name)
  const options = { service: principalName, sessionName: name, durationSec: 3_600, sourceArn }
  try {
    return (await host.assumeRole(roleArn, options)).principal
  } catch (error) {
    if (!isAwsError(error)) throw error
    throw invalid(`The role ${roleArn} can't be assumed by ${principalName}: ${error.message}`)
  }
}

export function patternsOf({ FilterCriteria }: SourceParameters = {}): string[] {
  return (FilterCriteria?.Filters ?? []).map(({ Pattern = '' }) => Pattern)
}
