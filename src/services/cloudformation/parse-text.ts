import type { Workers } from '../../kernel/workers.ts'
import { parseTemplate } from '../../stacks/parse.ts'
import { invalid, type ValueMap } from '../../stacks/value.ts'

/** What the event loop may read itself, in characters: YAML costs about 1.5 µs each, JSON a tenth of that. */
const inline = { yaml: 16_384, json: 131_072 } as const
const timeoutMs = 15_000

/** A template's text as values; large ones are read in a worker. Throws ValidationError. */
export async function parseText(text: string, workers: Workers): Promise<ValueMap> {
  if (text.length <= inline.yaml || (text.length <= inline.json && isJson(text))) return parseTemplate(text)
  const outcome = await workers
    .run<{ value: ValueMap } | { fault: string }>('parseTemplate', { text }, { timeoutMs })
    .catch((error: unknown) => {
      if (error instanceof Error && error.name === 'WorkerTimeout') {
        throw invalid(
          `Template format error: the template takes more than ${timeoutMs / 1000} s to read. Make it simpler.`,
        )
      }
      throw error
    })
  if ('fault' in outcome) throw invalid(outcome.fault)
  return outcome.value
}

/** What only begins like JSON is read as YAML, which takes its time. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
