import { type Html, html } from './html.ts'

/** What somebody can fill in to call a method. */
export interface TryIt {
  /** Where the stage is on this node: the request goes to the page's own origin. */
  readonly stagePath: string
  readonly path: string
  readonly method: string
  readonly fields: readonly TryItField[]
  /** Media types that the method takes; none: it has no body by its documentation. */
  readonly bodyTypes: readonly string[]
}

export interface TryItField {
  readonly in: string
  readonly name: string
  readonly required: boolean
}

const anyMethod = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

/** A form that calls the method from the page, where there is JavaScript. */
export function tryItForm({ stagePath, path, method, fields, bodyTypes }: TryIt): Html {
  const hasBody = method === 'ANY' || !['GET', 'HEAD'].includes(method)
  return html`<h2 id="try-it">Try it</h2>
<noscript><p>Calling the API from this page needs JavaScript.</p></noscript>
<form id="try" hidden data-stage="${stagePath}" data-path="${path}" data-method="${method}" autocomplete="off">
${method === 'ANY' ? html`<label>Method<select data-in="method">${anyMethod.map((one) => html`<option>${one}</option>`)}</select></label>` : undefined}
${fields.map((field) => html`<label><span>${field.name} <small>(${field.in})</small></span><input data-in="${field.in}" data-name="${field.name}"${field.required ? html` required` : undefined}></label>`)}
${hasBody ? html`<label>Content type<input data-in="type" value="${bodyTypes[0] ?? 'application/json'}"></label><label>Body<textarea data-in="body" spellcheck="false"></textarea></label>` : undefined}
<button>Send</button>
<output aria-live="polite"></output>
</form>`
}

/**
 * Sends what the form says: with no cookies, for no longer than the documentation of try it has it, and shows the answer
 * as text. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-portals-try-it.html
 */
export const tryItScript = `'use strict'
const form = document.getElementById('try')
const output = form.querySelector('output')
form.hidden = false
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const fields = [...form.querySelectorAll('[data-in]')].map((one) => ({ place: one.dataset.in, name: one.dataset.name, value: one.value }))
  const value = (place) => (fields.find((one) => one.place === place) || { value: '' }).value
  const given = (place) => fields.filter((one) => one.place === place && one.value !== '')
  const encode = (text) => encodeURIComponent(text)
  let path = form.dataset.path
  for (const { name, value } of given('path'))
    path = path.split('{' + name + '}').join(encode(value)).split('{' + name + '+}').join(value.split('/').map(encode).join('/'))
  const query = new URLSearchParams(given('query').map(({ name, value }) => [name, value])).toString()
  const headers = given('header').map(({ name, value }) => [name, value])
  const method = value('method') || form.dataset.method
  const body = value('body')
  if (body !== '') headers.push(['content-type', value('type')])
  output.className = ''
  output.textContent = 'Waiting for the answer…'
  try {
    const signal = AbortSignal.timeout(29000)
    const answer = await fetch(form.dataset.stage + path + (query && '?' + query), { method, headers, signal, credentials: 'omit', ...(body !== '' && { body }) })
    const text = await answer.text()
    const head = document.createElement('p')
    head.textContent = answer.status + ' ' + answer.statusText
    if (!answer.ok) head.className = 'failed'
    const shown = document.createElement('pre')
    shown.textContent = [...answer.headers].map(([name, value]) => name + ': ' + value).join('\\n') + '\\n\\n' + text.slice(0, 200000)
    output.replaceChildren(head, shown)
  } catch (error) {
    output.className = 'failed'
    output.textContent = 'The request failed: ' + error.message
  }
})
`
