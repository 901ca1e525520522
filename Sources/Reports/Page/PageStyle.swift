/// The report's style sheet.
enum PageStyle {
  /// The rules, with the plots' colours for a light and for a dark page.
  static func text(plotColours: (light: String, dark: String)) -> String {
    """
    :root{color-scheme:light dark;--bg:#fff;--card:#f5f6f8;--line:#d8dce0;--ink:#1b1f23;--soft:#56606a;
    --accent:#0a5fa8;--warn:#fff4d6;--warnline:#d9a400;\(plotColours.light)}
    @media (prefers-color-scheme:dark){:root{--bg:#14171a;--card:#1d2125;--line:#353b41;--ink:#e8eaed;
    --soft:#a6afb8;--accent:#7cc0f5;--warn:#3a3012;--warnline:#b58b1c;\(plotColours.dark)}}
    *{box-sizing:border-box}
    body{margin:0 auto;padding:1rem clamp(.8rem,3vw,2rem) 3rem;max-width:86rem;background:var(--bg);
    color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
    h1{font-size:1.8rem;line-height:1.2;margin:.6rem 0;overflow-wrap:anywhere}
    h2{font-size:1.25rem;margin:2.2rem 0 .6rem}
    .question{font-size:1.1rem;color:var(--soft);margin:.2rem 0}
    .conclusion{font-size:1.15rem;font-weight:600;margin:.6rem 0}
    .badge{display:inline-block;border:1px solid var(--accent);color:var(--accent);border-radius:1rem;
    padding:.05rem .7rem;font-size:.9rem;font-weight:600;margin-right:.3rem}
    .warnings{background:var(--warn);border-left:4px solid var(--warnline);padding:.1rem 1rem .4rem;
    margin:1.2rem 0;border-radius:4px}
    .warnings h2{margin:.6rem 0 .2rem}.warnings ul{margin:.3rem 0;padding-left:1.2rem}
    .warnings li{overflow-wrap:anywhere}
    .cards{list-style:none;padding:0;margin:0;display:grid;gap:.8rem;
    grid-template-columns:repeat(auto-fit,minmax(min(13rem,100%),1fr))}
    .cards li{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem}
    .cards strong{display:block;font-size:1.5rem;line-height:1.25;font-variant-numeric:tabular-nums}
    .cards span{color:var(--soft);font-size:.95rem}
    .plots{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(27rem,100%),1fr))}
    figure{margin:0;border:1px solid var(--line);border-radius:8px;padding:.7rem .5rem .3rem;min-width:0}
    figcaption{font-weight:600;padding:0 .5rem .3rem}
    figure svg{display:block;width:100%;height:auto;font-family:inherit}
    .scroll{overflow-x:auto;border:1px solid var(--line);border-radius:8px}
    .hint{color:var(--soft);font-size:.9rem;margin:.2rem 0 .5rem}
    table{border-collapse:collapse;width:100%;font-size:.86rem;font-variant-numeric:tabular-nums}
    th,td{padding:.35rem .4rem;text-align:left;border-bottom:1px solid var(--line)}
    td.n,td:first-child{white-space:nowrap}
    tbody tr:last-child td{border-bottom:0}
    th{background:var(--card);vertical-align:bottom;padding:0}
    th.n,td.n{text-align:right}
    th button{all:unset;box-sizing:border-box;width:100%;cursor:pointer;padding:.45rem .4rem;font-weight:600}
    th button:focus-visible,.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--accent);
    outline-offset:-2px}
    th[aria-sort=ascending] button::after{content:" ▲"}th[aria-sort=descending] button::after{content:" ▼"}
    .confusion{width:auto}.confusion th{padding:.35rem .4rem}
    .confusion td[style]{background:color-mix(in srgb,var(--warnline) var(--share),transparent)}
    .confusion td.right{background:color-mix(in srgb,var(--accent) calc(var(--share) / 2),transparent)}
    dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.2rem;margin:0}
    dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}
    pre{background:var(--card);padding:.8rem 1rem;margin:.6rem 0;font-size:.88rem;line-height:1.4}
    code{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace}
    summary{cursor:pointer}
    footer{color:var(--soft);font-size:.9rem;margin-top:2.5rem;overflow-wrap:anywhere}
    @media (max-width:34rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}h1{font-size:1.5rem}}
    @media print{.hint{display:none}figure,.cards li{break-inside:avoid}}
    """
  }
}
