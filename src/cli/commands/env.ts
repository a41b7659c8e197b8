import { command } from '../command.ts'
import { connect, connectionEnvironment, connectionOptions } from '../connection.ts'

export const env = command({
  name: 'env',
  summary: 'print the environment that points any AWS tool at the node',
  about:
    'Prints export lines for AWS_ENDPOINT_URL, the access key and the region. The AWS CLI, every SDK, CDK, SAM and\nTerraform read them. The lines contain the secret: they are for eval, not for a log.\nVersion 1 of the AWS CLI does not read the endpoint for sqs: give it --endpoint-url "$AWS_ENDPOINT_URL" there.',
  options: connectionOptions,
  examples: [
    ['', 'show them'],
    ['--data /srv/landfall', 'those of the node that keeps its data there'],
    ['--json', 'the same for programs'],
  ],
  async run({ options, terminal }) {
    const variables = connectionEnvironment(await connect(options))
    terminal.answer(variables, () =>
      Object.entries(variables)
        .map(([name, value]) => `export ${name}=${quoted(value)}`)
        .join('\n'),
    )
    return 0
  },
})

/** Quoted for a POSIX shell when it has to be. */
function quoted(value: string): string {
  return /^[\w:/.,@%+=-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`
}
