import { formatArn } from '../../kernel/arn.ts'
import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { boundsOfPage, toPageToken } from '../../kernel/page-token.ts'
import type { Api } from './api.ts'
import { dashboard } from './dashboard-state.ts'
import { checkTags, readTags } from './tags.ts'

const pageSize = 1_000
const mostWidgets = 500
const widgetTypes: readonly unknown[] = ['alarm', 'custom', 'explorer', 'log', 'metric', 'text']

/** Dashboards: kept, checked and given back; who shows them reads them here. */
export const dashboards = operations<Api>()({
  PutDashboard: {
    authorize: ({ DashboardName, Tags }, ctx) => [
      { action: 'cloudwatch:PutDashboard', resource: arnOf(ctx, DashboardName), context: requestTags(readTags(Tags)) },
    ],
    async write(tx, { DashboardName, DashboardBody, Tags }, ctx) {
      if (!/^[\w-]{1,255}$/.test(DashboardName))
        throw bad([{ DataPath: '/', Message: 'A name has letters, digits, - and _, and 255 characters at most.' }])
      const problems = problemsOf(DashboardBody)
      if (problems.length > 0) throw bad(problems)
      const before = await tx.get(dashboard(DashboardName))
      const tags = before?.tags ?? readTags(Tags)
      checkTags(tags)
      tx.set(dashboard(DashboardName), { name: DashboardName, body: DashboardBody, modifiedAtMs: ctx.nowMs, tags })
      return { DashboardValidationMessages: [] }
    },
  },
  GetDashboard: {
    authorize: ({ DashboardName }, ctx) => [{ action: 'cloudwatch:GetDashboard', resource: arnOf(ctx, DashboardName) }],
    async read(tx, { DashboardName }, ctx) {
      const found = await tx.get(dashboard(DashboardName))
      if (!found) throw notFound(DashboardName)
      return { DashboardArn: arnOf(ctx, DashboardName), DashboardBody: found.body, DashboardName }
    },
  },
  ListDashboards: {
    authorize: () => [{ action: 'cloudwatch:ListDashboards', resource: '*' }],
    async read(tx, { DashboardNamePrefix: prefix = '', NextToken }, ctx) {
      const bounds = NextToken === undefined ? { from: [prefix] } : boundsOfPage(NextToken, badToken)
      const found = []
      for await (const { value } of tx.range(dashboard.between([], bounds), { limit: pageSize + 1 })) {
        if (!value.name.startsWith(prefix)) break
        found.push({
          DashboardName: value.name,
          DashboardArn: arnOf(ctx, value.name),
          LastModified: new Date(value.modifiedAtMs),
          Size: Buffer.byteLength(value.body),
        })
      }
      const page = found.slice(0, pageSize)
      const last = page.at(-1)
      return {
        DashboardEntries: page,
        NextToken: found.length > pageSize && last ? toPageToken(last.DashboardName) : undefined,
      }
    },
  },
  DeleteDashboards: {
    authorize: ({ DashboardNames }, ctx) =>
      DashboardNames.map((name) => ({ action: 'cloudwatch:DeleteDashboards', resource: arnOf(ctx, name) })),
    async write(tx, { DashboardNames }) {
      const found = await tx.getMany(DashboardNames.map((name) => dashboard(name)))
      for (const [index, name] of DashboardNames.entries()) {
        if (!found[index]) throw notFound(name)
        tx.delete(dashboard(name))
      }
      return {}
    },
  },
})

/** The ARN of a dashboard names no region. */
function arnOf({ account }: Ctx, name: string): string {
  return formatArn('cloudwatch', '', account, `dashboard/${name}`)
}

/**
 * What is wrong with a body, by the parts of its structure that are fixed.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
function problemsOf(body: string): { DataPath: string; Message: string }[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch (error) {
    return [{ DataPath: '/', Message: `The field must be valid JSON: ${(error as Error).message}` }]
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed))
    return [{ DataPath: '/', Message: 'Should be an object' }]
  const { widgets } = parsed as { widgets?: unknown }
  if (!Array.isArray(widgets)) return [{ DataPath: '/widgets', Message: 'Should be an array' }]
  if (widgets.length > mostWidgets)
    return [{ DataPath: '/widgets', Message: `Should not have more than ${mostWidgets} items` }]
  return widgets.flatMap((widget: unknown, index) => {
    const path = `/widgets/${index}`
    if (widget === null || typeof widget !== 'object') return [{ DataPath: path, Message: 'Should be an object' }]
    const { type, properties } = widget as { type?: unknown; properties?: unknown }
    const found = []
    if (!widgetTypes.includes(type))
      found.push({ DataPath: `${path}/type`, Message: `Should be one of ${widgetTypes.join(', ')}` })
    if (properties === null || typeof properties !== 'object')
      found.push({ DataPath: `${path}/properties`, Message: 'Should be an object' })
    return found
  })
}

function bad(dashboardValidationMessages: { DataPath: string; Message: string }[]): Error {
  return awsError('DashboardInvalidInputError', 'The dashboard is not valid: see the messages.', {
    status: 400,
    members: { dashboardValidationMessages },
  })
}

function notFound(name: string): Error {
  return awsError('DashboardNotFoundError', `Dashboard ${name} does not exist`, { status: 404 })
}

function badToken(): Error {
  return awsError('InvalidParameterValue', 'The next token is invalid.')
}
