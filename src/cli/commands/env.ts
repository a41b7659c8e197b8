import { inheritedEnvironment } from '../../config.ts'
import { command } from '../command.ts'
import { checkReachable, connect, connectionEnvironment, connectionOptions } from '../connection.ts'
import { withPlugin } from '../osls.ts'

const answerMs = 2_000

export const env = command({
  name: 'env',
  summary: 'print the environment that points any AWS tool at the node',
  about:
    'Prints export lines for AWS_ENDPOINT_URL, the access key and the region. The AWS CLI, every SDK, CDK, SAM and\nTerraform read them. The lines contain the secret: they are for eval, not for a log.\nVersion 1 of the AWS CLI does not read the endpoint for sqs: give it --endpoint-url "$AWS_ENDPOINT_URL" there.\nTools that use version 2 of the SDK for JavaScript (Serverless Framework 3, osls 3) read it with --sdk-2.',
  options: {
    ...connectionOptions,
    'sdk-2': { summary: 'also set NODE_OPTIONS, so that version 2 of the SDK for JavaScript goes to the node' },
  },
  examples: [
    ['', 'show them'],
    ['--data /srv/landfall', 'those of the node that keeps its data there'],
    ['--sdk-2', 'for Serverless Framework 3 and osls 3'],
    ['--json', 'the same for programs'],
  ],
  async run({ options, terminal }) {
    const node = await connect(options)
    const variables = {
      ...connectionEnvironment(node),
      ...(options['sdk-2'] && withPlugin(inheritedEnvironment().NODE_OPTIONS)),
    }
    terminal.answer(variables, () =>
      Object.entries(variables)
        .map(([name, value]) => `export ${name}=${quoted(value)}`)
        .join('\n'),
    )
    // They are right once it runs; until then tools say only that a connection was refused.
    await checkReachable(node, AbortSignal.timeout(answerMs)).catch(() =>
      terminal.err(`landfall: no node answers at ${node.endpoint}. Start one with: landfall start`),
    )
    return 0
  },
})

/** Quoted for a POSIX shell when it has to be. */
function quoted(value: string): string {
  return /^[\w:/.,@%+=-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`
}
