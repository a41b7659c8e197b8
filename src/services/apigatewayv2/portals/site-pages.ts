import type { Contents, Front } from './edition-state.ts'
import { type Html, html } from './html.ts'
import { rendered } from './markdown.ts'
import type { ProductPage } from './state.ts'

/** What is seen first: the products. */
export function frontPage({ title, description, products }: Front, base: string): Html {
  return html`<h1>${title}</h1>
${description ? html`<p class="lead">${description}</p>` : undefined}
${
  products.length === 0
    ? html`<p>There are no products yet.</p>`
    : html`<ul class="cards">${products.map(
        (one) =>
          html`<li><a href="${base}/${one.id}"><strong>${one.name}</strong>${one.description ? html`<span>${one.description}</span>` : undefined}</a></li>`,
      )}</ul>`
}`
}

/** A product: its overview, if it has one, and what there is to read. */
export function productFront(of: Contents, overview: ProductPage | undefined, base: string): Html {
  const { id, name, description, pages, sections } = of
  return html`<h1>${overview?.title ?? name}</h1>
${description ? html`<p class="lead">${description}</p>` : undefined}
${overview ? rendered(overview.body) : undefined}
${pages.length > 0 ? html`<h2>Documentation</h2><ul>${pages.map((one) => html`<li><a href="${base}/${id}/${one.id}">${one.title}</a></li>`)}</ul>` : undefined}
${sections.map(
  (section) =>
    html`<h2>${section.name}</h2><ul class="cards">${section.endpoints.map((one) => html`<li><a href="${base}/${id}/${one.id}"><span class="verb">${one.method}</span> <strong>${one.name}</strong></a></li>`)}</ul>`,
)}`
}

export function textPage({ title, body }: ProductPage): Html {
  return html`<h1>${title}</h1>${rendered(body)}`
}
