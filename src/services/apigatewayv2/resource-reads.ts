import { isAwsError } from '../../kernel/errors.ts'
import { members } from '../../kernel/live-properties.ts'
import type { LiveProperties, ResourceReader } from '../../kernel/resource.ts'

/** What an operation answers about one thing, by the names of properties; undefined when it is not there. */
export async function readOne(
  operation: string,
  input: object,
  names: readonly string[],
  rx: ResourceReader,
): Promise<LiveProperties | undefined> {
  const found = await rx.invoke<object>(`apigatewayv2:${operation}`, input).catch((error: unknown) => {
    if (!isAwsError(error, 'NotFoundException')) throw error
  })
  return found ? { ...input, ...members(found, names) } : undefined
}

const integrationMembers = [
  ...['IntegrationType', 'IntegrationUri', 'IntegrationMethod', 'PayloadFormatVersion', 'TimeoutInMillis'],
  ...[
    'ConnectionType',
    'Description',
    'IntegrationSubtype',
    'CredentialsArn',
    'RequestParameters',
    'ResponseParameters',
  ],
]

/** An integration as its properties would say it: of responses they have lists where the API has maps. */
export async function readIntegration(ApiId: string, IntegrationId: string, rx: ResourceReader) {
  const found = await readOne('GetIntegration', { ApiId, IntegrationId }, integrationMembers, rx)
  if (!found) return undefined
  const responses = found.ResponseParameters as Record<string, Record<string, string>> | undefined
  return {
    ...found,
    ResponseParameters:
      responses &&
      Object.fromEntries(
        Object.entries(responses).map(([status, mapped]) => [
          status,
          {
            ResponseParameters: Object.entries(mapped).map(([Destination, Source]) => ({ Destination, Source })),
          },
        ]),
      ),
  }
}
