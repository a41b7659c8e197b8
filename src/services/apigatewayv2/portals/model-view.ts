import { type Part, text } from '../../../gateway/openapi.ts'
import { partOf } from './documented.ts'
import { type Html, html } from './html.ts'

/** What a schema is, in a word or two: a model by its name. */
export function schemaText(schema: Part): Html {
  const model = modelOf(schema)
  if (model !== undefined) return html`<a href="#model-${model}">${model}</a>`
  if (schema.type === 'array') return html`list of ${schemaText(partOf(schema.items))}`
  const format = text(schema.format)
  const type = text(schema.type) ?? 'any'
  return html`${format ? `${type} (${format})` : type}`
}

function modelOf({ $ref }: Part): string | undefined {
  return typeof $ref === 'string' ? /^#\/components\/schemas\/([\w.-]+)$/.exec($ref)?.[1] : undefined
}

/** A longer schema is shown as it is: indented it could have many times its length. */
const mostIndented = 20_000

/** The models that a page names, each with its properties and its schema. */
export function modelsView(models: Part): Html | undefined {
  const all = Object.entries(models)
  if (all.length === 0) return undefined
  return html`<h2>Models</h2>${all.map(([name, one]) => modelView(name, partOf(one)))}`
}

function modelView(name: string, schema: Part): Html {
  const required = Array.isArray(schema.required) ? schema.required : []
  const properties = Object.entries(partOf(schema.properties))
  const description = text(schema.description)
  const compact = JSON.stringify(schema)
  const shown = compact.length > mostIndented ? compact : JSON.stringify(schema, null, 2)
  const rows = properties.map(([property, one]) => {
    const mark = required.includes(property) ? html` <span class="required">required</span>` : undefined
    return html`<tr><td><code>${property}</code>${mark}</td><td>${schemaText(partOf(one))}</td><td>${text(partOf(one).description)}</td></tr>`
  })
  return html`<h3 id="model-${name}">${name}</h3>${description ? html`<p>${description}</p>` : undefined}
${rows.length > 0 ? html`<div class="wide"><table><thead><tr><th>Property</th><th>Type</th><th>Description</th></tr></thead><tbody>${rows}</tbody></table></div>` : undefined}
<details><summary>JSON schema</summary><pre>${shown}</pre></details>`
}
