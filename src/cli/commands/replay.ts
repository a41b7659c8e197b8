import { askNode, type OpenedInvocation } from '../../control.ts'
import { createClients } from '../clients.ts'
import { CliError, command } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import { asJson, pretty, readAnswer } from '../invoke-answer.ts'

export const replay = command({
  name: 'replay',
  args: 'request-id',
  summary: 'call a function again with the event of an earlier invocation',
  about:
    'Takes the event of a recorded invocation, calls the same function (and version or alias) with it again, and prints\nboth answers. What the function does to other services it does again.',
  options: {
    tail: { summary: 'print the log of the new call too', short: 't' },
    ...connectionOptions,
  },
  examples: [
    ['5f0c8a4e-0c0f-4f3a-9d2e-2f3c1b7a6d11', 'request ids are in the logs, and in: landfall invocations FUNCTION'],
    ['5f0c8a4e-0c0f-4f3a-9d2e-2f3c1b7a6d11 --tail', 'with the log of the new call'],
  ],
  async run({ options, args, terminal, signal }) {
    const node = await connect(options)
    const requestId = args[0] ?? ''
    const kept = await askNode<OpenedInvocation>(node, `/_landfall/invocations/${encodeURIComponent(requestId)}`)
    if (kept.event === undefined) {
      throw new CliError(
        `The event of ${requestId} was too large to be kept (${kept.eventBytes} bytes).`,
        `Call the function with it yourself: landfall invoke ${kept.functionName} --path FILE`,
      )
    }
    const { clientContext, qualifier } = kept
    const lambda = await createClients(node).lambda()
    const response = await lambda.invoke(
      {
        FunctionName: kept.functionName,
        Payload: Buffer.from(kept.event, 'base64'),
        ...(options.tail ? { LogType: 'Tail' as const } : {}),
        ...(qualifier === undefined ? {} : { Qualifier: qualifier }),
        ...(clientContext === undefined ? {} : { ClientContext: Buffer.from(clientContext).toString('base64') }),
      },
      { abortSignal: signal },
    )
    const now = { requestId: response.$metadata.requestId, ...readAnswer(response) }
    const before = {
      requestId,
      at: kept.at,
      error: kept.error,
      version: kept.version,
      payload: kept.answer === undefined ? undefined : asJson(Buffer.from(kept.answer, 'base64').toString('utf8')),
    }
    const same = kept.answer !== undefined && pretty(before.payload) === pretty(now.payload)
    terminal.answer({ function: kept.functionName, before, now, same }, () =>
      [
        terminal.style('bold', `then, ${kept.at}${kept.error ? ' (failed)' : ''}`),
        before.payload === undefined ? `(an answer of ${kept.answerBytes} bytes, not kept)` : pretty(before.payload),
        '',
        terminal.style('bold', `now${now.error ? ' (failed)' : ''}${same ? ', the same' : ''}`),
        pretty(now.payload),
      ].join('\n'),
    )
    if (now.log !== undefined && !terminal.json) terminal.err(terminal.style('gray', now.log.trimEnd()))
    return now.error ? 1 : 0
  },
})
