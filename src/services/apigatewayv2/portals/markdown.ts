import MarkdownIt from 'markdown-it'
import { escapeHtml } from '../../../kernel/html.ts'
import type { Html } from './html.ts'

/**
 * Markdown as markup. HTML in it stays text, links are those that can do no harm (markdown-it refuses `javascript:` and
 * the like), and an image of another place becomes a link to it: a portal loads nothing from elsewhere.
 */
export function rendered(markdown: string): Html {
  return { html: parser.render(markdown) }
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
// A wide table is scrolled by itself, not the page.
parser.renderer.rules.table_open = () => '<div class="wide"><table>'
parser.renderer.rules.table_close = () => '</table></div>'
