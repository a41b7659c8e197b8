import MarkdownIt from 'markdown-it'
import { escapeHtml } from '../../../kernel/html.ts'
import { type Html, html } from './html.ts'

/**
 * Markdown as markup. HTML in it stays text, links are those that can do no harm (markdown-it refuses `javascript:` and
 * the like), and an image of another place becomes a link to it: a portal loads nothing from elsewhere.
 */
export function rendered(markdown: string): Html {
  // What an API says of a method may be longer than a page can be; it is shown as it was written.
  if (markdown.length > mostCharacters) return html`<pre>${markdown}</pre>`
  const known = kept.get(markdown)
  if (known) return known
  const made = { html: parser.render(markdown) }
  keptCharacters += markdown.length + made.html.length
  while (keptCharacters > mostKeptCharacters && kept.size > 0) forgetOldest()
  kept.set(markdown, made)
  return made
}

/** Of a page's body. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/portalproducts-portalproductid-productpages.html */
const mostCharacters = 32_768
const mostKeptCharacters = 8_000_000
/** What was rendered, by its text: whoever reaches the node reads pages, and some take long to make. */
const kept = new Map<string, Html>()
let keptCharacters = 0

function forgetOldest(): void {
  const [[text, made] = ['', { html: '' }]] = kept
  kept.delete(text)
  keptCharacters -= text.length + made.html.length
}

const parser = new MarkdownIt({ html: false, linkify: true, maxNesting: 20 })
// As GitHub has it, addresses that are written out are links; words that look like a domain are not.
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false })

parser.renderer.rules.image = (tokens, index) => {
  const token = tokens[index]
  const url = String(token?.attrGet('src') ?? '')
  const text = escapeHtml(token?.content || url.slice(0, 200))
  if (url.startsWith('data:')) return `<img src="${escapeHtml(url)}" alt="${text}">`
  return `<a href="${escapeHtml(url)}">${text}</a>`
}
// A page allows no styles but its own sheet: how a column is aligned is said by a class.
for (const cell of ['th_open', 'td_open'] as const)
  parser.renderer.rules[cell] = (tokens, index) => {
    const [, side] = /text-align:(left|center|right)/.exec(String(tokens[index]?.attrGet('style') ?? '')) ?? []
    return `<${cell.slice(0, 2)}${side === undefined ? '' : ` class="${side}"`}>`
  }
// A wide table is scrolled by itself, not the page.
parser.renderer.rules.table_open = () => '<div class="wide"><table>'
parser.renderer.rules.table_close = () => '</table></div>'
