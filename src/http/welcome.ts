import type { DeployedUrl } from '../gateway/urls.ts'
import { escapeHtml } from '../kernel/html.ts'

export interface WelcomeOptions {
  readonly origin: string
  readonly version: string
  readonly services: readonly string[]
  readonly dev: boolean
  readonly apis: readonly DeployedUrl[]
}

/** What a person sees who opens the node in a browser: what runs, and how to connect each tool. No scripts, no requests. */
export function welcomePage({ origin, version, services, dev, apis }: WelcomeOptions): string {
  const url = escapeHtml(origin)
  const keys = dev ? 'AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test' : '# the keys: landfall env'
  const environment = `export AWS_ENDPOINT_URL=${url} AWS_REGION=us-east-1\n${dev ? `export ${keys}` : `eval "$(landfall env)"`}`
  const tools: [string, string][] = [
    ['Any AWS SDK, CDK, the AWS CLI', environment],
    ['AWS CLI', 'aws s3 ls\naws sqs create-queue --queue-name hello'],
    ['serverless.yml', 'landfall deploy\nlandfall logs -t'],
    ['SDK for JavaScript', `new SQSClient({ endpoint: '${url}', region: 'us-east-1' })`],
    ['boto3', `boto3.client('sqs', endpoint_url='${url}', region_name='us-east-1')`],
    ['Terraform', `provider "aws" {\n  endpoints { sqs = "${url}" }\n}`],
  ]
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Landfall</title>
<style>
  :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --soft: color-mix(in srgb, currentColor 6%, transparent) }
  body { font: 16px/1.55 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1.25rem }
  h1 { font-size: 1.9rem; margin: 0; letter-spacing: -.02em }
  .state { display: inline-block; margin: .4rem 0 1.6rem; padding: .1rem .7rem; border-radius: 1rem; background: #1a7f3730; font-size: .9rem }
  h2 { font-size: 1rem; margin: 1.6rem 0 .4rem }
  pre { margin: 0; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--soft); overflow-x: auto; font-size: .88rem }
  ul { display: flex; flex-wrap: wrap; gap: .4rem; padding: 0; list-style: none }
  li { padding: .1rem .6rem; border: 1px solid var(--line); border-radius: .4rem; font-size: .9rem }
  footer { margin-top: 2.5rem; font-size: .85rem; opacity: .7 }
</style>
<h1>Landfall</h1>
<div class="state">ready at ${url}${dev ? ' · development' : ''}</div>
<h2>What runs here</h2>
<ul>${services.map((name) => `<li>${escapeHtml(name)}</li>`).join('')}</ul>
${apis.length > 0 ? `<h2>Deployed APIs</h2>\n${apis.map((api) => apiHtml(origin, api)).join('\n')}` : ''}
${tools.map(([name, text]) => `<h2>${escapeHtml(name)}</h2>\n<pre>${escapeHtml(text)}</pre>`).join('\n')}
<footer>Version ${escapeHtml(version)}. Health: <code>${url}/_landfall/health</code>. What each service has and lacks: docs/parity.md.</footer>
</html>
`
}

function apiHtml(origin: string, { name, path, routes }: DeployedUrl): string {
  const lines = [`${name}  ${origin}${path}`, ...routes.slice(0, 20).map((route) => `  ${route}`)]
  if (routes.length > 20) lines.push(`  and ${routes.length - 20} more`)
  return `<pre>${escapeHtml(lines.join('\n'))}</pre>`
}
