import Foundation

/// The form in which a plot is drawn.
package enum PlotLayout: Sendable {
  /// Files for papers and slides: PNG and SVG, the key to the right.
  case files
  /// SVG for a page: narrower, larger letters, the key below.
  case page
}

extension Plot {
  /// The gnuplot script that draws the plot from `<name>.dat` in the same folder.
  package func script(_ layout: PlotLayout) -> String {
    (header(layout) + axes(layout) + key(layout) + styles(layout) + labels(layout) + drawing(layout))
      .joined(separator: "\n") + "\n"
  }

  private func header(_ layout: PlotLayout) -> [String] {
    [
      "# \(Self.plain(title))",
      "# Drawn by whittle. Edit this file and run 'gnuplot -d \(name).gp' in this folder to redraw.",
      "reset session",
      "set encoding utf8",
      "data = \(Self.quoted(name + ".dat"))",
      // On a page the caption says it.
      layout == .files ? "set title \(Self.quoted(title))" : "unset title",
    ]
  }

  private func axes(_ layout: PlotLayout) -> [String] {
    var lines: [String] = []
    let isPage = layout == .page
    for (letter, axis, distance) in [("x", x, isPage ? 0.1 : 0.055), ("y", y, isPage ? 0.06 : 0.045)] {
      // A key below the plot gets an empty line between itself and the axis.
      let gap = letter == "x" && keyIsBelow(layout) ? " . \"\\n \"" : ""
      lines.append("set \(letter)label \(Self.quoted(axis.label))\(gap)")
      // The range goes first: gnuplot checks a scale's inverse over the range that it finds.
      lines.append(
        "set \(letter)range [\(Self.number(axis.range.lowerBound)):\(Self.number(axis.range.upperBound))]")
      switch axis.scale {
      case .linear: break
      case .logarithmic: lines.append("set logscale \(letter) 10")
      case .complement(let floor):
        let missing = Self.number(1 + floor)
        lines.append(
          "set nonlinear \(letter) via -log10(\(missing) - \(letter)) "
            + "inverse \(missing) - 10**(-\(letter))")
      }
      // The words of a mark are a format to gnuplot, in which a percent sign is written twice.
      let marks = axis.marks(distance: distance).map { tick in
        Self.quoted(tick.words.replacingOccurrences(of: "%", with: "%%")) + " " + Self.number(tick.value)
      }
      lines.append("set \(letter)tics (\(marks.joined(separator: ", "))) nomirror")
    }
    return lines + [
      // Gnuplot takes marks given by hand for narrower than they are.
      "set lmargin 10",
      "set border 3 linecolor rgb '#666666'",
      "set tics textcolor rgb '#222222'",
      "set grid linetype 1 linecolor rgb '#dddddd' linewidth 0.6",
    ]
  }

  private func key(_ layout: PlotLayout) -> [String] {
    let title = keyTitle.map { " title \(Self.quoted($0))" } ?? ""
    guard keyIsBelow(layout) else {
      return ["set key outside right top vertical Left reverse samplen 3 spacing 1.15\(title)"]
    }
    return ["set key below center horizontal Left reverse samplen \(layout == .page ? 2 : 3) width 1\(title)"]
  }

  private func keyIsBelow(_ layout: PlotLayout) -> Bool { layout == .page || series.count <= 4 }

  private func styles(_ layout: PlotLayout) -> [String] {
    // Circle, square, triangle, diamond, triangle down, pentagon: filled, then open.
    let types = [7, 5, 9, 13, 11, 15, 6, 4, 8, 12, 10, 14]
    return series.enumerated().map { index, series in
      let dash = series.isDashed ? " dashtype (6,4)" : ""
      let marker = "pointtype \(types[series.marker % types.count]) pointsize \(layout == .page ? 0.55 : 0.9)"
      return
        "set style line \(index + 1) linecolor rgb '\(series.colour.light)' linewidth 1.8\(dash) \(marker)"
    }
  }

  private var plotLines: [String] {
    let indexed = Array(series.enumerated())
    let spreads = indexed.filter { $0.element.hasDeviations }
    switch style {
    case .curves: return spreads.map { band($0, $1) } + indexed.flatMap { curve($0, $1) }
    case .points: return spreads.map { errorBars($0, $1) } + indexed.map { markers($0, $1) }
    }
  }

  private func band(_ index: Int, _ series: PlotSeries) -> String {
    "  data index \(index) using 1:3:4 with filledcurves fillcolor rgb '\(series.colour.light)' "
      + "fillstyle transparent solid 0.15 noborder notitle"
  }

  private func errorBars(_ index: Int, _ series: PlotSeries) -> String {
    // Vectors with flat heads: gnuplot 5.4 puts a white disc on the middle of its own error bars.
    "  data index \(index) using 1:3:(0):($4-$3) with vectors heads size graph 0.007,90 "
      + "linecolor rgb '\(series.colour.light)' linewidth 1.2 notitle"
  }

  /// A line with few markers, which stand elsewhere on each curve so that close curves stay apart.
  private func curve(_ index: Int, _ series: PlotSeries) -> [String] {
    let every = max(1, series.points.count / 7)
    let first = every * index / max(self.series.count, 1)
    let style = "linestyle \(index + 1)"
    return [
      "  data index \(index) using 1:2 with lines \(style) notitle",
      "  data index \(index) using 1:2 every \(every)::\(first) with points \(style) notitle",
      "  keyentry with linespoints \(style) title \(Self.quoted(series.label))",
    ]
  }

  private func markers(_ index: Int, _ series: PlotSeries) -> String {
    "  data index \(index) using 1:2 with linespoints linestyle \(index + 1) "
      + "title \(Self.quoted(series.label))"
  }

  /// What stands beside the points, as far as there is room for it.
  private func labels(_ layout: PlotLayout) -> [String] {
    let size = layout == .files ? (width: 980.0, height: 540.0) : (width: 370.0, height: 270.0)
    return PointLabels(self, width: size.width, height: size.height).placed.map { label in
      "set label \(Self.quoted(label.text)) at \(Self.number(label.x)),\(Self.number(label.y)) "
        + "\(label.side.justification) offset \(label.side.offset) font ',10' "
        + "textcolor rgb '\(series[label.series].colour.light)'"
    }
  }

  private func drawing(_ layout: PlotLayout) -> [String] {
    let plot = "plot \\\n" + plotLines.joined(separator: ", \\\n")
    let font = "noenhanced font 'DejaVu Sans,"
    switch layout {
    case .files:
      return [
        "set terminal pngcairo size 1100,680 \(font)13' background rgb '#ffffff'",
        "set output \(Self.quoted(name + ".png"))", plot,
        "set terminal svg size 1100,680 dynamic \(font)13' background rgb '#ffffff'",
        "set output \(Self.quoted(name + ".svg"))", "replot", "unset output",
      ]
    case .page:
      return [
        "set terminal svg size 480,\(380 + 20 * pageKeyRows) dynamic \(font)13'",
        "set output \(Self.quoted(name + ".svg"))", plot, "unset output",
      ]
    }
  }

  /// About how many rows the key takes below a plot on a page, so that the plot itself keeps its height.
  private var pageKeyRows: Int {
    let longest = series.map(\.label.count).max() ?? 0
    let columns = max(1, 400 / (60 + 8 * longest))
    return (series.count + columns - 1) / columns
  }

  /// `text` as a gnuplot string in single quotes, in which nothing is expanded.
  static func quoted(_ text: String) -> String {
    let line = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
    return "'"
      + String(String.UnicodeScalarView(line)).replacingOccurrences(of: "'", with: "''") + "'"
  }

  private static func number(_ value: Double) -> String { String(format: "%.10g", value) }
}
