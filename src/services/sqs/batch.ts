import { awsError, isAwsError } from '../../kernel/errors.ts'

interface Failed {
  Id: string
  SenderFault: boolean
  Code: string
  Message: string
}

/**
 * Runs a batch of 1 to 10 entries with distinct ids. An entry that fails with a modelled error is reported in
 * `Failed`; the others go through.
 */
export async function runBatch<E extends { readonly Id: string }, R extends object>(
  entries: readonly E[],
  run: (entry: E) => Promise<R>,
): Promise<{ Successful: (R & { Id: string })[]; Failed: Failed[] }> {
  if (entries.length === 0) throw awsError('EmptyBatchRequest', 'There should be at least one entry in the request.')
  if (entries.length > 10) {
    throw awsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are 10. You have sent ${entries.length}.`,
    )
  }
  const seen = new Set<string>()
  for (const { Id } of entries) {
    if (!/^[\w-]{1,80}$/.test(Id))
      throw awsError(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
      )
    if (seen.has(Id)) throw awsError('BatchEntryIdsNotDistinct', `Id ${Id} repeated.`)
    seen.add(Id)
  }
  const Successful: (R & { Id: string })[] = []
  const Failed: Failed[] = []
  for (const entry of entries) {
    try {
      Successful.push({ ...(await run(entry)), Id: entry.Id })
    } catch (error) {
      if (!isAwsError(error)) throw error
      Failed.push({ Id: entry.Id, SenderFault: (error.status ?? 400) < 500, Code: error.code, Message: error.message })
    }
  }
  return { Successful, Failed }
}
