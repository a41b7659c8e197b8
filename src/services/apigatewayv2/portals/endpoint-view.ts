import { type Part, text } from '../../../gateway/openapi.ts'
import { listOf, partOf } from './documented.ts'
import { endpointOf, operationOf, stagePath } from './endpoint-descriptions.ts'
import { type Html, html } from './html.ts'
import { rendered } from './markdown.ts'
import { modelsView, schemaText } from './model-view.ts'
import { nameOf } from './shown-product.ts'
import type { EndpointPage } from './state.ts'
import { type TryItField, tryItForm } from './try-it.ts'

/** How a method is called, and what it answers. `withTryIt`: with a form to call it, where the page has that. */
export function endpointView(page: EndpointPage, baseUrl: string, withTryIt: boolean): Html {
  const { document, operation } = operationOf(page)
  const body = page.overrides?.body ?? text(operation.description)
  const summary = text(operation.summary)
  const parameters = listOf(operation.parameters)
  const access = accessOf(operation, document)
  return html`<h1>${nameOf(page)}</h1>
${summary ? html`<p class="lead">${summary}</p>` : undefined}
<p class="call"><span class="verb">${page.method}</span><code>${endpointOf(page, baseUrl)}${page.path}</code></p>
${body ? rendered(body) : undefined}
${access.length > 0 ? html`<h2>Access</h2><ul>${access.map(({ label }) => html`<li>${label}</li>`)}</ul>` : undefined}
${parameters.length > 0 ? html`<h2>Parameters</h2>${parameterTable(parameters)}` : undefined}
${requestView(partOf(operation.requestBody))}
${responsesView(partOf(operation.responses))}
${modelsView(partOf(partOf(document.components).schemas))}
${withTryIt ? tryItForm(tryItOf(page, operation, fieldsOf(parameters, access))) : undefined}`
}

function parameterTable(parameters: readonly Part[]): Html {
  const rows = parameters.map(
    (one) =>
      html`<tr><td><code>${text(one.name)}</code>${one.required === true ? html` <span class="required">required</span>` : undefined}</td><td>${text(one.in)}</td><td>${schemaText(partOf(one.schema))}</td><td>${text(one.description)}</td></tr>`,
  )
  return html`<div class="wide"><table><thead><tr><th>Name</th><th>In</th><th>Type</th><th>Description</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

function requestView(body: Part): Html | undefined {
  const content = Object.entries(partOf(body.content))
  if (content.length === 0) return undefined
  const description = text(body.description)
  return html`<h2>Request body</h2>${description ? html`<p>${description}</p>` : undefined}${contentList(content)}`
}

function contentList(content: readonly (readonly [string, unknown])[]): Html {
  return html`<ul>${content.map(
    ([type, one]) =>
      html`<li><code>${type}</code>: ${schemaText(partOf(partOf(one).schema))} ${text(partOf(one).description)}</li>`,
  )}</ul>`
}

function responsesView(responses: Part): Html | undefined {
  const all = Object.entries(responses)
  if (all.length === 0) return undefined
  return html`<h2>Responses</h2>${all.map(([status, one]) => {
    const response = partOf(one)
    const described = text(response.description)
    const content = Object.entries(partOf(response.content))
    const headers = Object.entries(partOf(response.headers)).map(([name, header]) => ({
      ...partOf(header),
      name,
      in: 'header',
    }))
    return html`<h3><code>${status}</code> ${described === `${status} response` ? undefined : described}</h3>
${content.length > 0 ? contentList(content) : undefined}
${headers.length > 0 ? parameterTable(headers) : undefined}`
  })}`
}

interface Access {
  readonly label: string
  /** The header that has it. */
  readonly header: string | undefined
}

/** What a caller must show. */
function accessOf(operation: Part, document: Part): readonly Access[] {
  const schemes = partOf(partOf(document.components).securitySchemes)
  return listOf(operation.security)
    .flatMap((one) => Object.keys(one))
    .map((name) => {
      const scheme = partOf(schemes[name])
      const header = scheme.in === 'header' && scheme.name !== 'Unused' ? text(scheme.name) : undefined
      if (scheme['x-amazon-apigateway-authtype'] === 'awsSigv4')
        return { label: 'Requests are signed with AWS credentials (Signature Version 4).', header: undefined }
      if (name === 'api_key') return { label: 'An API key, in the header x-api-key.', header: 'x-api-key' }
      return { label: header ? `${name}: the header ${header}.` : `${name}: an authorizer.`, header }
    })
}

function fieldsOf(parameters: readonly Part[], access: readonly Access[]) {
  const keys = access.flatMap(({ header }) =>
    header === undefined ? [] : [{ name: header, in: 'header', required: false }],
  )
  const given = parameters.map((one) => ({
    name: text(one.name) ?? '',
    in: text(one.in) ?? '',
    required: one.required === true,
  }))
  return [...keys.filter(({ name }) => !given.some((one) => one.name.toLowerCase() === name.toLowerCase())), ...given]
}

function tryItOf({ restApiId, stage, path, method }: EndpointPage, operation: Part, fields: readonly TryItField[]) {
  const bodyTypes = Object.keys(partOf(partOf(operation.requestBody).content))
  return { stagePath: stagePath(restApiId, stage), path, method, fields, bodyTypes }
}
