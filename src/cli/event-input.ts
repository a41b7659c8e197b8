import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { CliError, type OptionTable, usageError, type Values } from './command.ts'
import { findSample } from './samples/samples.ts'

/** Options that say what a function is called with. */
export const eventOptions = {
  payload: { value: 'JSON', summary: 'the event (default: {}); - reads standard input', short: 'd' },
  path: { value: 'FILE', summary: 'the event from a file', short: 'p' },
  event: {
    value: 'NAME',
    summary: 'a sample event: sqs, s3, apigateway-v2, …; a payload becomes its body',
    short: 'e',
  },
} satisfies OptionTable

/** The event as JSON text. Throws a usage error for what is no event. */
export async function readEvent(
  { payload, path, event }: Values<typeof eventOptions>,
  region: string,
): Promise<string> {
  if (payload !== undefined && path !== undefined) throw usageError('--payload and --path are both given.', 'Give one.')
  const given = path === undefined ? await readPayload(payload) : await readSource(path)
  if (event === undefined) return checked(given ?? '{}')
  const sample = findSample(event)
  if (given !== undefined && !sample.takesBody) {
    throw usageError(
      `The sample event ${event} has no body that --payload or --path could be.`,
      `Change a copy of it: landfall invoke --list-events --json shows it`,
    )
  }
  return JSON.stringify(
    sample.make({
      at: new Date(),
      region,
      account: '000000000000',
      body: given ?? '{"hello":"world"}',
      newId: randomUUID,
    }),
  )
}

async function readPayload(payload: string | undefined): Promise<string | undefined> {
  return payload === '-' ? await text(process.stdin) : payload
}

async function readSource(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new CliError(`${path} cannot be read.`, 'Name a file that holds the event as JSON.', {
      exitCode: 2,
      cause: error,
    })
  }
}

function checked(event: string): string {
  try {
    JSON.parse(event)
  } catch (error) {
    throw new CliError(
      `The event is not JSON: ${error instanceof Error ? error.message : error}`,
      'Quote it for the shell: --payload \'{"id":1}\'',
      { exitCode: 2, cause: error },
    )
  }
  return event
}
