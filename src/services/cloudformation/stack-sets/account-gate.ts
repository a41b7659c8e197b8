import { isAwsError } from '../../../kernel/errors.ts'
import { type Gate, target } from './state.ts'
import type { Invoke, Work } from './work.ts'

const name = 'AWSCloudFormationStackSetAccountGate'

/**
 * Asks the account's gate, a function of a fixed name in the instance's Region, whether an operation may begin, as the
 * execution role. Where there is none, or the role may not call it, nothing is checked. Asked once: what it said is kept,
 * and a crash before that has it asked again. What it is told is not documented: nothing.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-account-gating.html
 */
export async function askGate(work: Work, invoke: Invoke): Promise<Gate> {
  if (work.target.gate) return work.target.gate
  const { host, scope, set, operation, regionIndex, of } = work
  const gate = await answerOf(work, invoke)
  await host.records.write(scope, async (tx) => {
    const key = target(set.uuid, operation.id, regionIndex, of.account)
    const now = await tx.get(key)
    if (now) tx.set(key, { ...now, gate })
  })
  return gate
}

async function answerOf({ of, signal }: Work, invoke: Invoke): Promise<Gate> {
  const FunctionName = `arn:aws:lambda:${of.region}:${of.account}:function:${name}`
  try {
    const input = { FunctionName, InvocationType: 'RequestResponse', Payload: Buffer.from('{}') }
    const answer = await invoke<{ FunctionError?: string; Payload?: Uint8Array }>('lambda:Invoke', input)
    if (answer.FunctionError !== undefined) return { status: 'FAILED', reason: `The function ${name} failed.` }
    return statusIn(answer.Payload) === 'SUCCEEDED'
      ? { status: 'SUCCEEDED' }
      : { status: 'FAILED', reason: `The function ${name} did not answer the status SUCCEEDED.` }
  } catch (error) {
    signal.throwIfAborted()
    if (!isAwsError(error)) throw error
    // In the words of the service, as the examples of the AWS CLI show them.
    if (error.code === 'ResourceNotFoundException') {
      return { status: 'SKIPPED', reason: `Function not found: ${FunctionName}` }
    }
    const denied = error.code.startsWith('AccessDenied')
    return { status: denied ? 'SKIPPED' : 'FAILED', reason: error.message }
  }
}

function statusIn(payload: Uint8Array | undefined): unknown {
  try {
    const answer: unknown = JSON.parse(Buffer.from(payload ?? []).toString())
    return typeof answer === 'object' && answer !== null && 'Status' in answer ? answer.Status : undefined
  } catch {
    return undefined
  }
}
