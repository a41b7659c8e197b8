import { randomUUID } from 'node:crypto'
import { createClients } from '../clients.ts'
import { command, usageError } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { eventOptions, readEvent } from '../event-input.ts'
import { resolveFunction } from '../function-name.ts'
import { columns } from '../help.ts'
import { pretty, readAnswer } from '../invoke-answer.ts'
import { samples } from '../samples/samples.ts'
import { stageOption } from '../service.ts'
import type { Terminal } from '../terminal.ts'

export const invoke = command({
  name: 'invoke',
  args: '[function]',
  summary: 'call a function and print its answer',
  about:
    'Calls a function with an event and prints what it returns. In the folder of a deployed service its key in\nserverless.yml is enough. Sample events are what the sources (queues, APIs, buckets, …) give to functions. A function\nthat fails ends with exit code 1.',
  options: {
    ...eventOptions,
    'list-events': { summary: 'list the sample events; with --json the events themselves' },
    async: { summary: 'hand the event over and do not wait for the answer' },
    tail: { summary: 'print the log of this call too', short: 't' },
    qualifier: { value: 'NAME', summary: 'a version or an alias' },
    ...stageOption,
    ...connectionOptions,
  },
  examples: [
    ['place --payload \'{"body":"{}"}\'', 'call the function "place" of this service'],
    ['orders-dev-place --path event.json --tail', 'by its full name, with its log'],
    ['place --payload - < event.json', 'the event from standard input'],
    ['fulfil --event sqs --payload \'{"id":42}\'', 'as if the queue had a message with that body'],
  ],
  async run({ options, args, terminal, signal }) {
    if (options['list-events']) return listEvents(terminal, options.region)
    const [named] = args
    if (named === undefined) throw usageError('landfall invoke needs a function.', 'See: landfall invoke --help')
    if (options.data !== undefined && /^\s*[[{"]|^-$/.test(options.data)) {
      throw usageError('--data names the data folder of the node.', "Give the event with --payload '{…}' or -d '{…}'")
    }
    const { name, region } = await resolveFunction(named, options.stage)
    const node = await connect(options)
    const connection = { ...node, region: options.region ?? region ?? node.region }
    const event = await readEvent(options, connection.region)
    const lambda = await createClients(connection).lambda()
    const response = await lambda.invoke(
      {
        FunctionName: name,
        Payload: Buffer.from(event),
        InvocationType: options.async ? 'Event' : 'RequestResponse',
        ...(options.tail ? { LogType: 'Tail' as const } : {}),
        ...(options.qualifier === undefined ? {} : { Qualifier: options.qualifier }),
      },
      { abortSignal: signal },
    )
    const answer = { requestId: response.$metadata.requestId, ...readAnswer(response) }
    terminal.answer(answer, () => (options.async ? `accepted: ${answer.requestId}` : pretty(answer.payload)))
    if (terminal.json) return answer.error ? 1 : 0
    if (answer.log !== undefined) terminal.err(terminal.style('gray', answer.log.trimEnd()))
    if (answer.error) {
      terminal.err(terminal.style('red', `The function failed (${answer.error}).`))
      terminal.err(options.tail ? `Its log: landfall logs ${named}` : 'Its log with the answer: --tail')
    }
    return answer.error ? 1 : 0
  },
})

function listEvents(terminal: Terminal, region = 'us-east-1'): number {
  const names = Object.keys(samples).sort()
  const setting = { at: new Date(), region, account: '000000000000', body: '{"hello":"world"}', newId: randomUUID }
  terminal.answer(Object.fromEntries(names.map((name) => [name, samples[name]?.make(setting)])), () =>
    columns(names.map((name) => [name, samples[name]?.summary ?? ''])).join('\n'),
  )
  return 0
}
