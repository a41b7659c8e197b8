import { everywhere } from './arguments.ts'
import type { Command, OptionTable } from './command.ts'

/** `landfall --help`: what there is and how to begin. */
export function overview(commands: readonly Command[], version: string): string {
  return [
    `landfall ${version}: a serverless cloud of your own`,
    '',
    'Usage: landfall COMMAND [options]',
    '',
    ...columns(commands.map(({ name, args, summary }) => [args ? `${name} ${args}` : name, summary])),
    '',
    'Begin here:',
    ...columns([
      ['landfall dev', 'in the folder of a serverless.yml: run it, and update it as you edit'],
      ['landfall start', 'run a node that keeps its data in .landfall and wants signed requests'],
      ['landfall deploy my-service', 'deploy the service in that folder to the running node'],
      ['eval "$(landfall env)"', 'point the AWS CLI, every SDK, CDK and Terraform at the node'],
    ]),
    '',
    'landfall COMMAND --help shows the options of one, with examples.',
    'The node is found by --endpoint, AWS_ENDPOINT_URL, the data folder, then http://127.0.0.1:4566.',
  ].join('\n')
}

/** `landfall NAME --help` */
export function commandHelp(command: Command): string {
  const { name, args, about, options, examples } = command
  const shown: OptionTable = { ...options, ...everywhere }
  return [
    `Usage: landfall ${name}${args ? ` ${args}` : ''} [options]`,
    '',
    about,
    '',
    'Options:',
    ...columns(
      Object.entries(shown).map(([option, { value, short, summary }]) => [
        `${short ? `-${short}, ` : ''}--${option}${value ? ` ${value}` : ''}`,
        summary,
      ]),
    ),
    '',
    'Examples:',
    ...columns(examples.map(([line, what]) => [`landfall ${name}${line ? ` ${line}` : ''}`, what])),
  ].join('\n')
}

/** Two columns, the first as wide as its longest entry. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd())
}
