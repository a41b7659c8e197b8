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
