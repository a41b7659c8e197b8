/** A mail as plain text, to one address. */
export interface Mail {
  /** Stays the same when it is tried again. */
  readonly id: string
  readonly to: string
  /** What the address of the sender, which is the node's, is shown with. */
  readonly fromName?: string | undefined
  readonly subject: string
  readonly text: string
}

/** Brings mail out of the node. */
export interface Mailer {
  /**
   * Resolves when the mail server took it; with why, when it refused this mail for good. Rejects with what another
   * attempt may change: the server is not reached, or says so.
   */
  send(mail: Mail, signal: AbortSignal): Promise<{ readonly refused: string } | undefined>
}

/** An SMTP server. */
export interface MailServer {
  readonly host: string
  readonly port: number
  /** The address that mail comes from. */
  readonly from: string
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** `starttls`: the server has to offer it; `tls`: from the first byte; `none`: readable on the way. */
  readonly security: 'starttls' | 'tls' | 'none'
}
