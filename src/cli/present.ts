import type { Deployment } from './deployment.ts'
import { columns } from './help.ts'
import type { Terminal } from './terminal.ts'

/** Outputs that osls adds for itself say nothing to a user of the service. */
const ofTheTool = /^ServerlessDeploymentBucketName$|LambdaFunctionQualifiedArn$|^ServiceEndpoint|^HttpApi(Id|Url)$/

/** A deployment as text: how to call it first, then what it is made of. */
export function present(terminal: Terminal, deployment: Deployment): string {
  const { stack, status, routes, functions, outputs } = deployment
  const shown = Object.entries(outputs).filter(([name]) => !ofTheTool.test(name))
  return [
    `${terminal.style('bold', stack)} ${terminal.style('gray', status)}`,
    ...section(
      terminal,
      'URLs',
      routes.map(({ method, url }) => [method, terminal.style('cyan', url)]),
    ),
    ...section(
      terminal,
      'Functions',
      functions.map((name) => [name, '']),
    ),
    ...section(terminal, 'Outputs', shown),
  ].join('\n')
}

function section(terminal: Terminal, title: string, rows: readonly (readonly [string, string])[]): string[] {
  return rows.length === 0 ? [] : ['', terminal.style('bold', title), ...columns(rows)]
}
