/// A plot, apart from how it is drawn.
package struct Plot: Sendable {
  /// How the points of a plot are shown.
  package enum Style: Sendable {
    /// Lines, with a shaded band where there are deviations.
    case curves
    /// Markers joined by lines, with error bars where there are deviations.
    case points
  }

  /// The file's name without its extension.
  package let name: String
  package let title: String
  /// What the plot shows, in words, for those who cannot see it.
  package let description: String
  package let x: Axis
  package let y: Axis
  package let style: Style
  /// The heading of the key.
  package let keyTitle: String?
  package let series: [PlotSeries]
}

/// One curve of a plot.
package struct PlotSeries: Sendable {
  package let label: String
  package let colour: Palette.Colour
  /// Which marker, from 0.
  package let marker: Int
  package let isDashed: Bool
  package let points: [PlotPoint]

  package init(
    label: String, colour: Palette.Colour, marker: Int, isDashed: Bool = false, points: [PlotPoint]
  ) {
    self.label = label
    self.colour = colour
    self.marker = marker
    self.isDashed = isDashed
    self.points = points
  }

  /// Whether any point has a deviation over seeds.
  var hasDeviations: Bool { points.contains { ($0.y.deviation ?? 0) > 0 } }

  /// Its first and its last accuracy, in words.
  var ends: String {
    guard let first = points.first, let last = points.last else { return label }
    return "\(label) from \(Format.accuracy(first.y.mean)) to \(Format.accuracy(last.y.mean))"
  }

  /// The means of several curves and what their deviations reach.
  static func extent(_ series: [PlotSeries]) -> [Double] {
    series.flatMap(\.points).flatMap { point in
      let deviation = point.y.deviation ?? 0
      return [point.y.mean - deviation, point.y.mean, point.y.mean + deviation]
    }
  }
}

/// One point of a curve: a mean over seeds, and what is written beside it.
package struct PlotPoint: Sendable {
  package let x: Double
  package let y: Spread
  package let label: String?

  package init(x: Double, y: Spread, label: String? = nil) {
    self.x = x
    self.y = y
    self.label = label
  }
}
