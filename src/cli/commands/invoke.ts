import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { createClients } from '../clients.ts'
import { CliError, command, usageError } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { resolveFunction } from '../function-name.ts'
import { stageOption } from '../service.ts'

export const invoke = command({
  name: 'invoke',
  args: 'function',
  summary: 'call a function and print its answer',
  about:
    'Calls a function with an event and prints what it returns. In the folder of a deployed service its key in\nserverless.yml is enough. A function that fails ends with exit code 1.',
  options: {
    event: { value: 'JSON', summary: 'the event (default: {})', short: 'e' },
    file: { value: 'PATH', summary: 'the event from a file; - reads standard input', short: 'f' },
    async: { summary: 'hand the event over and do not wait for the answer' },
    tail: { summary: 'print the log of this call too', short: 't' },
    qualifier: { value: 'NAME', summary: 'a version or an alias' },
    ...stageOption,
    ...connectionOptions,
  },
  examples: [
    ['place --event \'{"body":"{}"}\'', 'call the function "place" of this service'],
    ['orders-dev-place --file event.json --tail', 'by its full name, with its log'],
    ['place --file - < event.json', 'the event from standard input'],
  ],
  async run({ options, args, terminal, signal }) {
    const event = await readEvent(options.event, options.file)
    const { name, region } = await resolveFunction(args[0]!, options.stage)
    const node = await connect(options)
    const lambda = await createClients({ ...node, region: options.region ?? region ?? node.region }).lambda()
    const answer = await lambda.invoke(
      {
        FunctionName: name,
        Payload: Buffer.from(event),
        InvocationType: options.async ? 'Event' : 'RequestResponse',
        ...(options.tail ? { LogType: 'Tail' as const } : {}),
        ...(options.qualifier === undefined ? {} : { Qualifier: options.qualifier }),
      },
      { abortSignal: signal },
    )
    const payload = answer.Payload ? Buffer.from(answer.Payload).toString('utf8') : ''
    const log = answer.LogResult === undefined ? undefined : Buffer.from(answer.LogResult, 'base64').toString('utf8')
    terminal.answer(
      { status: answer.StatusCode, error: answer.FunctionError, payload: payload && asJson(payload), log },
      () => (options.async ? 'accepted' : pretty(payload)),
    )
    if (log !== undefined && !terminal.json) terminal.err(terminal.style('gray', log.trimEnd()))
    if (answer.FunctionError && !terminal.json)
      terminal.err(terminal.style('red', `The function failed (${answer.FunctionError}).`))
    return answer.FunctionError ? 1 : 0
  },
})

async function readEvent(event: string | undefined, file: string | undefined): Promise<string> {
  if (event !== undefined && file !== undefined) throw usageError('--event and --file are both given.', 'Give one.')
  const given = file === undefined ? (event ?? '{}') : await readSource(file)
  try {
    JSON.parse(given)
  } catch (error) {
    throw new CliError(
      `The event is not JSON: ${error instanceof Error ? error.message : error}`,
      'Quote it for the shell: --event \'{"id":1}\'',
      { exitCode: 2, cause: error },
    )
  }
  return given
}

async function readSource(file: string): Promise<string> {
  if (file === '-') return await text(process.stdin)
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new CliError(`${file} cannot be read.`, 'Name a file that holds the event as JSON.', {
      exitCode: 2,
      cause: error,
    })
  }
}

function asJson(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    // A function may answer with something else; then the text itself is the answer.
    return payload
  }
}

function pretty(payload: string): string {
  const value = asJson(payload)
  return typeof value === 'string' ? payload : JSON.stringify(value, null, 2)
}
