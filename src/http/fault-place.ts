import type { FaultPlace } from '../kernel/faults.ts'
import type { Service } from '../kernel/service.ts'

/** Where a request stands, for faults: its operation, and the function or queue that it names. */
export function faultPlace(service: Service, operation: string, input: object, account: string): FaultPlace {
  const { FunctionName, QueueUrl } = input as { FunctionName?: unknown; QueueUrl?: unknown }
  return {
    account,
    service: service.id,
    operation,
    name: functionName(FunctionName) ?? last(QueueUrl),
  }
}

/** Of a name, `name:alias`, or an ARN with or without either. */
function functionName(given: unknown): string | undefined {
  if (typeof given !== 'string') return undefined
  return /(?:^|function:)([\w-]+)(?::[\w$-]+)?$/.exec(given)?.[1]
}

function last(url: unknown): string | undefined {
  return typeof url === 'string' ? url.slice(url.lastIndexOf('/') + 1) : undefined
}
