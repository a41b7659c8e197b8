import { askNode, type LetterPage, type LetterSummary, type OpenedLetter } from '../../control.ts'
import { command, usageError } from '../command.ts'
import { connect, connectionOptions } from '../connection.ts'
import type { Terminal } from '../terminal.ts'

const path = '/_landfall/outbox'

export const outbox = command({
  name: 'outbox',
  args: '[show|opt-out] [id-or-number]',
  summary: 'show mail, text messages and push notifications that were kept instead of sent',
  about: `Mail leaves the node through an SMTP server (LANDFALL_SMTP_HOST, LANDFALL_SMTP_FROM, …). Without one, and always for
text messages and push notifications, what would have been sent is kept here: the last 1000 of a region, for 14 days.
A letter that asks to confirm a subscription has the link that does.`,
  options: {
    limit: { value: 'N', summary: 'list at most so many (default: 100, up to 1000)' },
    after: { value: 'NEXT', summary: 'go on after a page, from its "next"' },
    ...connectionOptions,
  },
  examples: [
    ['', 'what was not sent, newest first'],
    ['show ID', 'one, with its text'],
    ['--limit 1 --json', 'the newest, as a JSON document'],
    ['opt-out +4915112345678', 'as if the owner of that number had answered STOP'],
  ],
  async run({ options, args, terminal }) {
    const [action, what] = args
    if (action !== undefined && ((action !== 'show' && action !== 'opt-out') || what === undefined)) {
      throw usageError('landfall outbox takes "show ID" or "opt-out NUMBER".', 'See: landfall outbox --help')
    }
    const node = await connect(options)
    if (action === 'opt-out') {
      await askNode(node, `${path}/opt-out`, {}, { method: 'POST', body: { phoneNumber: what } })
      terminal.answer({ action, phoneNumber: what }, () => `${what} gets no more messages`)
      return 0
    }
    if (action === 'show') {
      const found = await askNode<OpenedLetter>(node, `${path}/${encodeURIComponent(what as string)}`)
      terminal.answer(found, () => `${heading(found, terminal)}\n\n${plain(found.text)}`)
      return 0
    }
    const { limit, after } = options
    const page = await askNode<LetterPage>(node, path, { ...(limit && { limit }), ...(after && { after }) })
    terminal.answer(page, () => page.letters.map((one) => heading(one, terminal)).join('\n'))
    if (terminal.json) return 0
    if (page.letters.length === 0) terminal.err('The outbox is empty.')
    if (page.next) terminal.err(`There is more: landfall outbox --after ${page.next}`)
    return 0
  },
})

/** Without what a terminal would obey instead of showing: letters are written by whoever may publish. */
function plain(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '\ufffd')
}

function heading({ id, at, channel, to, subject, source, confirmUrl }: LetterSummary, terminal: Terminal): string {
  const of = subject === undefined ? '' : `  ${plain(subject)}`
  const from = source === undefined ? '' : `\n  from ${source}`
  const confirm = confirmUrl === undefined ? '' : `\n  to confirm: ${confirmUrl}`
  return `${at}  ${terminal.style('bold', channel)} to ${terminal.style('cyan', to)}${of}${from}${confirm}\n  ${terminal.style('gray', id)}`
}
