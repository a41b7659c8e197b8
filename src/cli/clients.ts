import type { Connection } from './connection.ts'

/** Clients of the node's own APIs, their SDK packages loaded when first used. Every request is signed. */
export interface Clients {
  cloudFormation(): Promise<import('@aws-sdk/client-cloudformation').CloudFormation>
  lambda(): Promise<import('@aws-sdk/client-lambda').Lambda>
  logs(): Promise<import('@aws-sdk/client-cloudwatch-logs').CloudWatchLogs>
}

/** A refused connection is said at once, a stumble is tried once more. */
const maxAttempts = 2

export function createClients({ endpoint, region, credentials }: Connection): Clients {
  const config = { endpoint, region, credentials, maxAttempts }
  return {
    cloudFormation: once(async () => {
      const { CloudFormation } = await import('@aws-sdk/client-cloudformation')
      return new CloudFormation(config)
    }),
    lambda: once(async () => {
      const { Lambda } = await import('@aws-sdk/client-lambda')
      return new Lambda(config)
    }),
    logs: once(async () => {
      const { CloudWatchLogs } = await import('@aws-sdk/client-cloudwatch-logs')
      return new CloudWatchLogs(config)
    }),
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
