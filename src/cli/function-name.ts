import type { Clients } from './clients.ts'
import { CliError } from './command.ts'
import { findService, packagedService } from './service.ts'

/**
 * The full name of a function: in the folder of a deployed service its key in serverless.yml is enough; anywhere else
 * `name` is taken as it is. The region is the service's, when it has one.
 */
export async function resolveFunction(
  name: string,
  stage: string | undefined,
): Promise<{ name: string; region?: string }> {
  const service = await packagedHere(stage)
  const found = service?.functions.find((fn) => fn.key === name || fn.name === name)
  return found && service ? { name: found.name, region: service.region } : { name }
}

async function packagedHere(stage: string | undefined) {
  try {
    return await packagedService(findService(), stage)
  } catch (error) {
    if (error instanceof CliError && stage === undefined) return undefined
    throw error
  }
}

/** Whether it is what a service says of something that it does not have. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && error.name === 'ResourceNotFoundException'
}

/** Throws, in words for a person, when there is no function of that name. What else goes wrong is not the question here. */
export async function checkFunction(clients: Clients, name: string): Promise<void> {
  const asked = (await clients.lambda()).getFunctionConfiguration({ FunctionName: name })
  await asked.catch((error: unknown) => {
    if (isMissing(error))
      throw new CliError(`There is no function ${name}.`, 'See what is deployed with: landfall info')
  })
}
