import { createHash } from 'node:crypto'
import type { WireResponse } from '../../../kernel/http.ts'
import type { Contents, Front } from './edition-state.ts'
import { type Html, html } from './html.ts'
import { styleOf } from './style.ts'

/** A page of a portal before it is put into its frame. */
export interface SitePage {
  readonly title: string
  readonly main: Html
  /** The only script there can be. */
  readonly script?: string | undefined
  /** The product that it is in, and which of its pages it is. */
  readonly of?: { readonly contents: Contents; readonly pageId: string | undefined } | undefined
}

export interface Frame {
  readonly front: Front
  /** What the portal's own paths begin with. */
  readonly base: string
  readonly isPreview: boolean
}

/** An answer with the page: nothing of it comes from elsewhere, and no script runs but its own. */
export function framed({ front, base, isPreview }: Frame, { title, main, script, of }: SitePage): WireResponse {
  const style = styleOf(front.colors)
  const head = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="${front.hasLogo ? `${base}/logo` : 'data:,'}">
<style>${{ html: style }}</style>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header><a href="${base}/">${front.hasLogo ? html`<img src="${base}/logo" alt="">` : undefined}<span>${front.title}</span></a></header>
${isPreview ? html`<p class="notice">This is a preview. Its address expires.</p>` : undefined}`
  const body = of
    ? html`<div class="sides">${navigation(of.contents, of.pageId, base)}<main id="main">${main}</main></div>`
    : html`<main id="main" class="alone">${main}</main>`
  const tail = html`${script === undefined ? undefined : html`<script>${{ html: script }}</script>`}</body></html>\n`
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': [
        ...["default-src 'none'", "img-src 'self' data:", `style-src ${hashOf(style)}`],
        ...(script === undefined ? [] : [`script-src ${hashOf(script)}`, "connect-src 'self'"]),
        ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
      ].join('; '),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cache-control': isPreview ? 'no-store' : 'no-cache',
      ...(isPreview && { 'x-robots-tag': 'noindex' }),
    },
    body: `${head.html}${body.html}${tail.html}`,
  }
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

function navigation({ id, name, pages, sections }: Contents, current: string | undefined, base: string): Html {
  const link = (pageId: string | undefined, content: Html) =>
    html`<li><a href="${base}/${id}${pageId === undefined ? '' : `/${pageId}`}"${pageId === current ? html` aria-current="page"` : undefined}>${content}</a></li>`
  return html`<nav aria-label="${name}"><ul>${link(undefined, html`${name}`)}${pages.map((page) => link(page.id, html`${page.title}`))}</ul>
${sections.map(
  (section) =>
    html`<h2>${section.name}</h2><ul>${section.endpoints.map((one) => link(one.id, html`<span class="verb">${one.method}</span><span>${one.name}</span>`))}</ul>`,
)}</nav>`
}
