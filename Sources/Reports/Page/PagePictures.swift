/// Plots as a page shows them, in the colours of its style.
struct PagePictures {
  /// A picture, under its title.
  struct Figure {
    let title: String
    let svg: String
  }

  /// The part of a page's template that shows them.
  static let section = """
    <section aria-labelledby="plots-title">
    <h2 id="plots-title">Plots</h2>
    <div class="plots">
    {{#figures}}<figure>
    <figcaption>{{title}}</figcaption>
    {{{svg}}}
    </figure>
    {{/figures}}</div>
    {{^figures}}<p>There is nothing to plot yet.</p>{{/figures}}
    </section>
    """

  let figures: [Figure]
  /// The page's style, which knows the plots' colours.
  let style: String

  /// - Throws: `ReportError` where gnuplot is missing or fails.
  init(_ plots: [Plot]) throws {
    figures = zip(plots, try PlotWriter.pageSVG(plots)).enumerated().map { index, pair in
      Figure(
        title: pair.0.title, svg: InlineSVG(pair.1, prefix: "p\(index)", label: pair.0.description).text)
    }
    let colours = Set(plots.flatMap { $0.series.map(\.colour) })
    style = PageStyle.text(plotColours: InlineSVG.themeRules(colours))
  }
}
