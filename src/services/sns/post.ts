import { enterTarget } from '../../delivery/target-gate.ts'
import { callOut } from '../../gateway/call-out.ts'
import { awsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'

/** https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html */
const timeoutMs = 15_000
const concurrency = 32
/** What an endpoint answers is of no use: it is read so that the connection can be used again. */
const mostBytes = 65_536

export interface Posting {
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly perSec?: number | undefined
}

export interface Refusal {
  readonly error: Error
  /** What trying again would not change. */
  readonly final: boolean
}

/**
 * Posts to an HTTP endpoint. Answers why it did not take what was posted, undefined when it did. Throws the `Retry` of
 * the target's gate, and when the signal ends it.
 */
export async function post(
  host: Host,
  { endpoint, headers, body, perSec }: Posting,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  const pass = enterTarget(host, endpoint, { concurrency, perSec })
  try {
    const { response } = await callOut(new URL(endpoint), {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body), 'user-agent': 'Landfall Notification Service' },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      mostBytes,
    })
    const status = response.statusCode ?? 0
    const overloaded = status >= 500 || status === 429
    if (overloaded) pass.failed()
    else pass.answered()
    if (status >= 200 && status < 300) return undefined
    return { error: awsError(String(status), `The endpoint answered ${status}.`), final: !overloaded }
  } catch (error) {
    if (signal.aborted) {
      pass.abandoned()
      throw error
    }
    pass.failed()
    const message = error instanceof Error ? error.message : String(error)
    return { error: awsError('ConnectionFailed', `The endpoint could not be reached: ${message}`), final: false }
  }
}
