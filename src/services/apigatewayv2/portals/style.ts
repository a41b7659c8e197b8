import { luminance, readableOn } from './colors.ts'
import type { Colors } from './state.ts'

/**
 * The style sheet of a portal in its colours. Who prefers dark pages gets a light theme darkened: brand and errors keep
 * their hue, what is read keeps its contrast.
 */
export function styleOf(colors: Colors): string {
  const { AccentColor, BackgroundColor, ErrorValidationColor, HeaderColor, NavigationColor, TextColor } = colors
  const light = luminance(BackgroundColor) > 0.4
  return `:root{color-scheme:${light ? 'light dark' : 'dark'};--page:${BackgroundColor};--text:${TextColor};--accent:${AccentColor};--error:${ErrorValidationColor};--header:${HeaderColor};--on-header:${readableOn(HeaderColor)};--nav:${NavigationColor};--on-nav:${readableOn(NavigationColor)}}
${light ? `@media (prefers-color-scheme:dark){:root{--page:#12161b;--text:#e6e9ec;--accent:color-mix(in srgb,${AccentColor} 50%,#fff);--error:color-mix(in srgb,${ErrorValidationColor} 55%,#fff);--nav:#1a2027;--on-nav:#e6e9ec}}` : ''}
${layout}`
}

const layout = `:root{--soft:color-mix(in srgb,var(--text) 6%,var(--page));--line:color-mix(in srgb,var(--text) 18%,var(--page));--faint:color-mix(in srgb,var(--text) 75%,var(--page))}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;background:var(--page);color:var(--text);font:16px/1.6 system-ui,sans-serif;overflow-wrap:break-word}
a{color:var(--accent)}
a:focus-visible,button:focus-visible,input:focus-visible,textarea:focus-visible,select:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--page);padding:.5rem 1rem}
header{background:var(--header);color:var(--on-header);padding:.8rem 1.5rem;display:flex;align-items:center;gap:1rem}
header a{color:inherit;text-decoration:none;font-weight:600;font-size:1.15rem;display:flex;align-items:center;gap:.8rem}
header img{max-height:2.5rem;max-width:12rem;display:block}
.notice{margin:0;background:var(--soft);border-bottom:1px solid var(--line);padding:.4rem 1.5rem;font-size:.9rem}
.sides{display:grid;grid-template-columns:17rem minmax(0,1fr);flex:1}
nav{background:var(--nav);color:var(--on-nav);padding:1.2rem 1rem;font-size:.95rem}
nav h2{font-size:.8rem;text-transform:uppercase;letter-spacing:.05em;margin:1.2rem .5rem .3rem}
nav ul{list-style:none;margin:0;padding:0}
nav a{color:inherit;text-decoration:none;display:flex;gap:.5rem;padding:.3rem .5rem;border-radius:.4rem;align-items:baseline}
nav a:hover,nav a[aria-current]{background:color-mix(in srgb,currentColor 12%,transparent)}
nav a[aria-current]{font-weight:600}
main{padding:1.8rem 2rem 4rem;max-width:56rem}
.alone{width:100%;margin:0 auto;padding:2.5rem 1.5rem 4rem;max-width:64rem}
h1{font-size:1.9rem;line-height:1.25;margin:0 0 .6rem}
h2{font-size:1.3rem;margin:2rem 0 .6rem}h3{font-size:1.05rem;margin:1.4rem 0 .4rem}
.lead{color:var(--faint);font-size:1.1rem;margin:0 0 1.5rem;white-space:pre-line}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(16rem,1fr));gap:1rem;padding:0;list-style:none}
.cards a{display:block;height:100%;padding:1.1rem 1.2rem;border:1px solid var(--line);border-radius:.7rem;text-decoration:none;color:inherit;background:var(--soft)}
.cards a:hover{border-color:var(--accent)}
.cards strong{display:block;color:var(--accent);font-size:1.1rem}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,monospace;font-size:.88em}
code{background:var(--soft);padding:.1em .3em;border-radius:.25rem}
pre{background:var(--soft);border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem;overflow-x:auto}pre code{background:none;padding:0}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:.4rem 0 1rem}th,td{text-align:left;vertical-align:top;padding:.45rem .6rem;border-bottom:1px solid var(--line)}
th{font-size:.85rem}.center{text-align:center}.right{text-align:right}
.verb{font:600 .72rem/1.6 ui-monospace,monospace;border:1px solid currentColor;border-radius:.3rem;padding:0 .35rem;flex:none}
.call{display:flex;gap:.7rem;align-items:center;flex-wrap:wrap;background:var(--soft);border:1px solid var(--line);border-radius:.5rem;padding:.7rem 1rem}
.call code{background:none;overflow-wrap:anywhere}
.required{color:var(--error);font-size:.8rem}
details{border:1px solid var(--line);border-radius:.5rem;padding:.5rem .9rem;margin:.5rem 0}summary{cursor:pointer}
blockquote{margin:1rem 0;padding:.1rem 1rem;border-left:4px solid var(--line);color:var(--faint)}
img{max-width:100%}
form{border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.2rem;display:grid;gap:.8rem}form[hidden]{display:none}
label{display:grid;gap:.25rem;font-size:.9rem}
input,textarea,select{font:inherit;color:inherit;background:var(--page);border:1px solid var(--line);border-radius:.4rem;padding:.45rem .6rem;width:100%}
input:user-invalid,textarea:user-invalid{border-color:var(--error)}
textarea{font-family:ui-monospace,monospace;font-size:.88rem;min-height:8rem}
button{justify-self:start;font:inherit;font-weight:600;padding:.5rem 1.2rem;border:1px solid var(--accent);border-radius:.4rem;color:var(--accent);background:transparent;cursor:pointer}
output{display:block}.failed{color:var(--error)}
@media (max-width:48rem){.sides{display:block}nav{padding:.6rem 1rem 1rem}main{padding:1.3rem 1.1rem 3rem}h1{font-size:1.55rem}}
`
