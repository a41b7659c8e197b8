import { join } from 'node:path'
import type { TestNode } from '../harness.ts'
import { installed } from '../installed.ts'
import { answerOf } from './landfall.ts'
import { type Result, run } from './process.ts'

/** The last two that use version 2 of the AWS SDK. */
export type Framework3 = 'serverless' | 'osls'

const quiet = { SLS_AWS_MONITORING_FREQUENCY: '100', SLS_TELEMETRY_DISABLED: '1', SLS_NOTIFICATIONS_MODE: 'off' }

/** The folder of the package. */
export async function packageOf(name: Framework3): Promise<string> {
  return join(await installed('framework-3'), name)
}

/** Runs the tool as its user does after `eval "$(landfall env OPTIONS)"`. */
export async function framework3(
  name: Framework3,
  args: readonly string[],
  node: TestNode,
  cwd: string,
  options: readonly string[] = ['--sdk-2'],
): Promise<Result> {
  const env = await answerOf<Record<string, string>>(node, 'env', ...options)
  return await run([join(await packageOf(name), 'bin/serverless.js'), ...args], { cwd, env: { ...env, ...quiet } })
}
