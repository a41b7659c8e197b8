import type { ReadTx } from '../../../kernel/records.ts'
import { event, type Stack } from '../state.ts'

/** A deployment has few events after its failure; a stack with more than these says its own reason. */
const mostEvents = 1_000

/**
 * Why the latest deployment of a stack failed: the first of its resources that did, in the words of StackSets, else the
 * stack's own reason.
 */
export async function failureOf(tx: ReadTx, of: Stack, began: readonly string[]): Promise<string> {
  let first: string | undefined
  for await (const { value } of tx.range(event.under(of.uuid), { reverse: true, limit: mostEvents })) {
    if (value.physicalId === of.id) {
      if (began.includes(value.status)) break
    } else if (value.status.endsWith('_FAILED') && !/cancelled/i.test(value.reason ?? '')) {
      const { logicalId, type, reason } = value
      first = `ResourceLogicalId:${logicalId}, ResourceType:${type}, ResourceStatusReason:${reason ?? ''}.`
    }
  }
  return first ?? of.reason ?? `Stack ${of.id} is in ${of.status}`
}
